import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../../test/support/failures.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { note } from '../../base/note.ts';
import { isFailure } from '../../base/failure.ts';
import { runProgram } from '../../base/program.ts';
import { temporarySigningKey } from '../signing-key.ts';
import type { DrillReport } from './drill-report.ts';
import { reportPage } from './report-page.ts';
import { signedJson, signedPage, verifyReport } from './signed-report.ts';

const report: DrillReport = {
  format: 'orbit-drill-report',
  version: 1,
  id: '20261123T050000Z-1a2b3c',
  way: 'people',
  kind: 'system',
  result: 'failed',
  startedAt: '2026-11-23T05:00:00.000Z',
  endedAt: '2026-11-23T05:00:07.250Z',
  durationMs: 7250,
  firstReadableMs: 2100,
  startedBy: 'schedule',
  user: 'root',
  people: [{ name: '<script>alert(1)</script>', role: 'auditor & "friend"' }],
  copy: {
    destination: 'vault-b',
    location: 'sftp://backup@b:22/x',
    name: 'c57b376d',
    madeAt: '2026-11-22T05:00:00.000Z',
  },
  machine: { host: 'orbit-1', orbit: '0.1.0', node: '24.0.0', system: 'Linux 6' },
  steps: [
    {
      name: 'reach',
      result: 'passed',
      durationMs: 3,
      facts: { location: '/mnt/b' },
      notes: ['a note', note('drill.too-large', { count: 2 })],
    },
    {
      name: 'hashes',
      result: 'failed',
      durationMs: 5,
      facts: { files: 2, bytes: 1536 },
      notes: [],
      failure: { code: 'drill.content-differs', message: "'/etc/<x>' differs", hint: 'Do & mend.' },
    },
  ],
  sample: [{ path: '/srv/ä <b>.bin', bytes: 1536, sha256: 'ab'.repeat(32), how: 'restored', source: 'unchanged' }],
};

test('a signed report is verified offline and gives back what was reported', () => {
  const key = temporarySigningKey();
  const verified = verifyReport('x', signedJson(report, key));
  assert.deepEqual(verified.report, report);
  assert.deepEqual(verified.signer, key.publicKey);
  for (const language of ['en', 'pt'] as const) {
    const page = signedPage(reportPage(report, key.publicKey, language), report, key);
    assert.match(
      String(page),
      language === 'en' ? /a note.*too large for the private folder/ : /a note.*grandes demais para a pasta/,
    );
    assert.deepEqual(verifyReport('x', page), {
      id: report.id,
      form: 'page',
      signer: key.publicKey,
      fingerprint: verified.fingerprint,
    });
  }
});

test('not one byte of a report or a page can be changed, added or cut without being noticed', () => {
  const key = temporarySigningKey();
  for (const file of [signedJson(report, key), signedPage(reportPage(report, key.publicKey, 'pt'), report, key)]) {
    for (let at = 0; at < file.length; at += 1) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ (1 + (at % 255));
      assert.throws(() => verifyReport('x', changed), isFailure, `byte ${at}`);
    }
    for (const other of [file.subarray(0, -1), Buffer.concat([file, Buffer.from(' ')]), Buffer.alloc(0)])
      assert.throws(() => verifyReport('x', other), isFailure);
  }
});

test('a report that says the same in another spelling, or twice, is refused', () => {
  const key = temporarySigningKey();
  const text = signedJson(report, key).toString();
  const compact = Buffer.from(JSON.stringify(JSON.parse(text)));
  assert.throws(() => verifyReport('x', compact), failure('drill.bad-signature'));
  const twice = text.replace('"result": "failed"', '"result": "passed",\n    "result": "failed"');
  assert.throws(() => verifyReport('x', Buffer.from(twice)), failure('drill.bad-signature'));
});

test('a signature cannot be moved to another page or report', () => {
  const key = temporarySigningKey();
  const other = { ...report, id: 'other', result: 'passed' as const };
  const [mine, theirs] = [
    signedPage('<p><code>a</code></p>', { id: 'a' }, key),
    signedPage('<p><code>b</code></p>', { id: 'b' }, key),
  ];
  const cut = (file: Buffer): number => file.lastIndexOf('<!-- orbit');
  const mixed = Buffer.concat([mine.subarray(0, cut(mine)), theirs.subarray(cut(theirs))]);
  assert.throws(() => verifyReport('x', mixed), failure('drill.bad-signature'));
  const [one, two] = [signedJson(report, key), signedJson(other, key)].map(
    (file) => JSON.parse(file.toString()) as Record<string, unknown>,
  );
  const moved = Buffer.from(`${JSON.stringify({ report: two?.['report'], signature: one?.['signature'] }, null, 2)}\n`);
  assert.throws(() => verifyReport('x', moved), failure('drill.bad-signature'));
});

test('whatever is given to be verified is answered with a failure, never with a crash', () => {
  const key = temporarySigningKey();
  const json = JSON.parse(signedJson(report, key).toString()) as Record<string, unknown>;
  const refuses = (bytes: Buffer): void => assert.throws(() => verifyReport('x', bytes), isFailure);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => refuses(Buffer.from(bytes))),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.json(), (text) => refuses(Buffer.from(text))),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
      refuses(Buffer.from(`${JSON.stringify({ ...json, signature: one }, null, 2)}\n`));
      refuses(Buffer.from(`${JSON.stringify({ report: two, signature: json['signature'] }, null, 2)}\n`));
    }),
    { numRuns: 200 },
  );
});

test('nothing of a report becomes markup of its page', () => {
  for (const language of ['en', 'pt'] as const) {
    const page = reportPage(report, Buffer.alloc(32), language);
    assert.doesNotMatch(page, /<script|<b>\.bin|<x>/);
    assert.match(page, /&#60;script&#62;alert\(1\)/);
    assert.match(page, /default-src 'none'/);
    assert.match(page, language === 'pt' ? /REPROVADA/ : /FAILED/);
    for (const control of ['CP-9(1)', 'A.8.13', '2022/2554']) assert.ok(page.includes(control));
  }
});

test('jq and openssl alone tell a right report from a changed one', needs('jq', 'openssl'), async (context) => {
  const folder = await temporaryFolder(context);
  const verifies = async (file: Buffer): Promise<boolean> => {
    writeFileSync(join(folder, 'report.json'), file);
    const jq = async (flag: string, what: string): Promise<Buffer> =>
      (await runProgram('jq', [flag, what, join(folder, 'report.json')])).stdout;
    writeFileSync(join(folder, 'signed'), await jq('-cj', '.report'));
    writeFileSync(join(folder, 'key.pem'), await jq('-rj', '.signature.publicKey'));
    writeFileSync(join(folder, 'sig'), Buffer.from((await jq('-rj', '.signature.value')).toString(), 'base64'));
    const args = ['pkeyutl', '-verify', '-pubin', '-inkey', 'key.pem', '-rawin', '-in', 'signed', '-sigfile', 'sig'];
    return (await runProgram('openssl', args, { cwd: folder })).exitCode === 0;
  };
  const file = signedJson(report, temporarySigningKey());
  assert.equal(await verifies(file), true);
  assert.equal(await verifies(Buffer.from(file.toString().replace('"failed"', '"passed"'))), false);
});
