import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failure } from '../../../../../test/support/failures.ts';
import { everyPrintable, opened } from '../../../../../test/support/secrets.ts';
import { needs } from '../../../../../test/support/tools.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { systemClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import { openVault } from '../../vault/vault.ts';

// Writes a program of a few lines of JavaScript, and gives its path.
async function programOf(context: TestContext, code: string): Promise<string> {
  const file = join(await temporaryFolder(context), 'vault.mjs');
  await writeFile(file, `#!${process.execPath}\n${code}\n`);
  await chmod(file, 0o700);
  return file;
}

async function open(command: string, settings: Record<string, unknown> = {}) {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  return await openSecretSource('program', { command, ...settings }, { vault, clock: systemClock });
}

async function recordsOf(command: string, settings: Record<string, unknown> = {}): Promise<SecretRecord[]> {
  const records: SecretRecord[] = [];
  for await (const record of (await open(command, settings)).read()) records.push(record);
  return records;
}

const printing = (...lines: unknown[]): string =>
  `process.stdout.write(${JSON.stringify(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))});`;

test('a program hands over secrets with everything they can have', async (context) => {
  const whole = {
    id: '42',
    title: 'Core switch',
    type: 'ssh-key',
    username: 'admin',
    password: `${everyPrintable}\n\u0000ß🔑`,
    url: 'ssh://10.0.0.1',
    notes: 'two\nlines',
    fields: [
      { name: 'PIN', value: '0000' },
      { name: 'rack', value: 'B7', protected: false },
    ],
    groups: ['Network', 'a/b'],
    tags: ['prod'],
    totp: 'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ',
    attachments: [{ name: 'id', base64: 'AP8K' }],
    createdAt: '2020-01-01T00:00:00Z',
    changedAt: '2021-01-01T01:00:00+01:00',
    expiresAt: '2027-01-01T00:00:00.5Z',
    history: [
      {
        title: 'Old',
        password: 'old',
        totp: 'otpauth://totp/old',
        attachments: [{ name: 'old', base64: 'AP8K' }],
        changedAt: '2020-06-01T00:00:00Z',
      },
    ],
  };
  const command = await programOf(context, printing(whole, { id: '43', title: 'Little' }, { end: true, count: 2 }));
  const [record, little] = await recordsOf(command);
  assert.deepEqual(opened(record), {
    ...whole,
    password: `revealed:${whole.password}`,
    notes: `revealed:${whole.notes}`,
    totp: `revealed:${whole.totp}`,
    fields: [
      { name: 'PIN', value: 'revealed:0000', isProtected: true },
      { name: 'rack', value: 'revealed:B7', isProtected: false },
    ],
    attachments: [{ name: 'id', bytes: 'bytes:00ff0a' }],
    createdAt: '2020-01-01T00:00:00.000Z',
    changedAt: '2021-01-01T00:00:00.000Z',
    expiresAt: '2027-01-01T00:00:00.500Z',
    history: [
      {
        title: 'Old',
        username: '',
        password: 'revealed:old',
        url: '',
        notes: 'revealed:',
        totp: 'revealed:otpauth://totp/old',
        attachments: [{ name: 'old', bytes: 'bytes:00ff0a' }],
        fields: [],
        changedAt: '2020-06-01T00:00:00.000Z',
      },
    ],
  });
  assert.equal(little?.type, 'login');
});

test('an output that was cut anywhere is never taken for a complete one', async (context) => {
  const lines = [
    { id: 'a', title: 'A' },
    { id: 'b', title: 'B' },
    { end: true, count: 2 },
  ].map((line) => JSON.stringify(line));
  const whole = `${lines.join('\n')}\n`;
  const command = await programOf(context, 'process.stdout.write(process.argv[2]);');
  for (let length = 0; length < whole.length - 1; length += 1) {
    if (length % 5 !== 0 && length > 3) continue;
    const output = whole.slice(0, length);
    await assert.rejects(recordsOf(command, { args: [output] }), /not whole|not JSON/, JSON.stringify(output));
  }
  assert.equal((await recordsOf(command, { args: [whole] })).length, 2);
});

test('a wrong count, a second end, an unknown key and a wrong type are refused by line, without their values', async (context) => {
  const command = await programOf(context, 'process.stdout.write(process.argv[2]);');
  const first = '{"id":"a","title":"A"}';
  const wrong: [string, string, RegExp][] = [
    [`${first}\n{"end":true,"count":2}`, 'secrets.program-cut', /says 2 secrets and printed 1/],
    [`{"end":true,"count":0}\n${first}`, 'secrets.program-line', /line 2/],
    [`${first}\n{"id":"b","title":"B","pasword":"CANARY"}\n`, 'secrets.program-line', /line 2.*unrecognized_keys/],
    ['{"id":"b","title":"B","password":{"x":"CANARY"}}', 'secrets.program-line', /line 1.*password/],
    ['{"id":"b","title":"B","password":"CANARY', 'secrets.program-line', /line 1.*not JSON/],
    ['{"title":"CANARY"}', 'secrets.program-line', /id/],
  ];
  for (const [output, code, text] of wrong) {
    await assert.rejects(recordsOf(command, { args: [output] }), (error: Error) => {
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`, /CANARY/);
      return failure(code, text)(error);
    });
  }
});

test('a program that fails, prints too much or does not end gives nothing', async (context) => {
  const ending = printing({ end: true, count: 0 });
  const fails = await programOf(context, `${ending} console.error('CANARY'); process.exitCode = 3;`);
  await assert.rejects(recordsOf(fails), (error: Error) => {
    assert.doesNotMatch(error.message, /CANARY/);
    return failure('secrets.program-failed', /exit code 3/)(error);
  });
  const floods = await programOf(context, `process.stdout.write('x'.repeat(2 * 1024 * 1024)); ${ending}`);
  await assert.rejects(recordsOf(floods, { outputMiBMax: 1 }), failure('program.too-much-output'));
  const hangs = await programOf(context, 'setInterval(() => {}, 1000);');
  await assert.rejects(recordsOf(hangs, { timeoutSeconds: 1 }), failure('program.timed-out'));
  await assert.rejects(recordsOf('/nonexistent/vault'), failure('program.not-found'));
});

test('arguments reach the program as they are, and its password by standard input only', async (context) => {
  const command = await programOf(
    context,
    `import { readFileSync } from 'node:fs';
     const password = readFileSync(0, 'utf8');
     const seen = JSON.stringify([process.argv.slice(2), Object.values(process.env)]);
     process.stdout.write(JSON.stringify({ id: 'a', title: 'A', password, notes: seen }) + '\\n{"end":true,"count":1}\\n');`,
  );
  const args = ['$(id)', '; rm -rf /', "a'b", ' '];
  const [record] = await recordsOf(command, { args, input: 'CANARY-IN' });
  assert.equal(record?.password.reveal(), 'CANARY-IN');
  const [given] = JSON.parse(record.notes.reveal()) as [string[]];
  assert.deepEqual(given, args);
  assert.doesNotMatch(record.notes.reveal(), /CANARY/);
});

test('the census takes ids only when the program can print them', async (context) => {
  const command = await programOf(
    context,
    `if (process.argv[2] === 'ids') ${printing({ id: 'a' }, { id: 'b' }, { end: true, count: 2 })}
     else ${printing({ id: 'a', title: 'A' }, { end: true, count: 1 })}`,
  );
  assert.deepEqual(await (await open(command, { censusArgs: ['ids'] })).census(), { ids: ['a', 'b'] });
  assert.deepEqual(await (await open(command)).census(), { ids: ['a'] });
});

test('the example in the manual is taken as it stands', async (context) => {
  const manual = await readFile(new URL('../../../../../docs/sources/secrets.md', import.meta.url), 'utf8');
  const example = /```\n({"id": "42"[^`]+)```/.exec(manual)?.[1] ?? '';
  const command = await programOf(context, 'process.stdout.write(process.argv[2]);');
  assert.equal((await recordsOf(command, { args: [example] })).length, 2);
});

describeSecretSource('program', needs(), async (context) => {
  const content = join(await temporaryFolder(context), 'secrets.jsonl');
  const secrets: { title: string; password: string; past?: string[] }[] = [
    { title: 'odd', password: everyPrintable, past: ['first', 'second'] },
    ...Array.from({ length: 40 }, (_, index) => ({ title: `login ${index}`, password: `pw ${index}` })),
  ];
  const write = async (left: typeof secrets): Promise<string> => {
    const lines = left.map(({ title, password, past = [] }) => {
      const history = past.map((old) => ({ title, password: old, changedAt: '2020-01-01T00:00:00Z' }));
      return JSON.stringify({ id: title, title, password, history, changedAt: '2021-01-01T00:00:00Z' });
    });
    const whole = `${[...lines, JSON.stringify({ end: true, count: left.length })].join('\n')}\n`;
    await writeFile(content, whole);
    return whole;
  };
  const whole = await write(secrets);
  const command = await programOf(
    context,
    `import { readFileSync } from 'node:fs';
     process.stdout.write(readFileSync(process.argv[2], 'utf8').slice(0, Number(process.argv[3] ?? 1e9)));`,
  );
  return {
    settings: { command, args: [content] },
    secrets,
    cut: (part) => Promise.resolve({ args: [content, String(Math.floor(whole.length * part))] }),
    tooLarge: {
      settings: { command: '/usr/bin/head', args: ['-c', '2M', '/dev/zero'], outputMiBMax: 1 },
      code: 'program.too-much-output',
    },
    takeOut: () => write(secrets.slice(1)),
  };
});
