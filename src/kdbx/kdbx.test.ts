// KDBX files written here are read back here and by KeePassXC; damaged ones are refused.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { needs } from '../../test/support/tools.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { runProgram } from '../base/program.ts';
import { SecretString } from '../base/secret-string.ts';
import { makeKeyFile } from './key-file.ts';
import { readKdbx, writeKdbx } from './kdbx.ts';
import type { KdbxEntry, KdbxField } from './kdbx-types.ts';
import { nodeCrypto } from './node-crypto.ts';

const quick = { kdf: { kind: 'aes', rounds: 1 } } as const;
const password = new SecretString('correct horse');
const field = (name: string, value: string, isProtected = false): KdbxField => ({ name, value, isProtected });

function entry(number: number, change: Partial<KdbxEntry> = {}): KdbxEntry {
  return {
    uuid: number.toString(16).padStart(32, '0'),
    groups: [],
    fields: [field('Title', `entry ${number}`), field('UserName', 'root'), field('Password', 'secret', true)],
    tags: [],
    customData: [],
    attachments: [],
    createdAt: new Date('2024-02-29T12:00:00Z'),
    modifiedAt: new Date('2026-11-23T03:04:05Z'),
    history: [],
    ...change,
  };
}

async function allEntries(bytes: Uint8Array, credentials: Parameters<typeof readKdbx>[1]): Promise<KdbxEntry[]> {
  return Array.fromAsync((await readKdbx(bytes, credentials)).entries());
}

const full = entry(1, {
  groups: ['Servers', 'Zoë & Søn <"\'>'],
  fields: [
    field('Title', 'all of it 🔑 <b>&amp; ]]>'),
    field('UserName', '  leading and trailing  '),
    field('Password', Array.from({ length: 0x7f }, (_, code) => String.fromCharCode(code + 1)).join(''), true),
    field('URL', 'https://example.org/?a=1&b=2'),
    field('Notes', 'one\r\ntwo\rthree\n\tfour\n'),
    field('otp', 'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=30&digits=6', true),
    field('empty', ''),
    field('bell', 'ring \u0007 and null \u0000'),
    field('byte order mark', '\ufefftext', true),
    field('long', 'é'.repeat(300_000)),
  ],
  tags: ['blue', 'two words'],
  customData: [{ name: 'orbit', value: '{"id":"x"}' }],
  attachments: [
    { name: 'id_ed25519', bytes: randomBytes(5000) },
    { name: 'empty', bytes: Buffer.alloc(0) },
  ],
  expiresAt: new Date('2027-01-01T00:00:00Z'),
  history: [
    { ...entry(1), history: undefined, uuid: undefined, groups: undefined },
    { ...entry(1), history: undefined, uuid: undefined, groups: undefined },
  ].map(({ history: _h, uuid: _u, groups: _g, ...version }) => version),
});

function plain(entries: KdbxEntry[]): unknown {
  return entries.map((one) => ({
    ...one,
    fields: one.fields.map(({ name, value }) => ({ name, value })),
    attachments: one.attachments.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes).toString('hex') })),
  }));
}

for (const cipher of ['aes', 'chacha20'] as const) {
  for (const kdf of [
    { kind: 'aes', rounds: 70_001 },
    { kind: 'argon2d', memoryKiB: 64, passes: 2, parallelism: 2 },
    { kind: 'argon2id', memoryKiB: 64, passes: 2, parallelism: 1 },
  ] as const) {
    test(`what is written with ${cipher} and ${kdf.kind} is read back unchanged`, async () => {
      const bytes = await writeKdbx([full, entry(2)], { password }, { cipher, kdf, name: 'my kit' });
      const database = await readKdbx(bytes, { password });
      const summary = {};
      const entries = await Array.fromAsync(database.entries({ summary }));
      assert.deepEqual(plain(entries), plain([entry(2), full]));
      assert.deepEqual(summary, { name: 'my kit', generator: 'Orbit', entryCount: 2, deletedCount: 0 });
      assert.equal(database.version, '4.0');
      assert.equal(database.cipher, cipher);
      assert.equal(database.kdf.kind, kdf.kind);
    });
  }
}

test('a file under a password asks whoever opens it for 64 MiB at most: phones and browsers have that', async () => {
  // Nobody has to ask for it: this is what a file gets when nothing is said.
  const { kdf } = await readKdbx(await writeKdbx([entry(1)], { password }, {}), { password });
  assert.ok(kdf.kind === 'argon2id' && kdf.memoryKiB <= 64 * 1024 && kdf.passes >= 3);
});

test('a wrong password, a missing key file and no credentials are each refused', async () => {
  const keyFile = await makeKeyFile(nodeCrypto, randomBytes(32));
  const bytes = await writeKdbx([entry(1)], { password, keyFile }, quick);
  assert.equal((await allEntries(bytes, { password, keyFile })).length, 1);
  for (const credentials of [{ password }, { keyFile }, { password: new SecretString(''), keyFile }]) {
    await assert.rejects(readKdbx(bytes, credentials), failure('kdbx.wrong-credentials'));
  }
  await assert.rejects(readKdbx(bytes, {}), failure('kdbx.no-credentials'));
});

test('a file with any one byte changed, cut off or added is refused', async () => {
  const bytes = await writeKdbx([entry(1)], { password }, quick);
  const refused = async (changed: Uint8Array): Promise<void> => {
    await assert.rejects(allEntries(changed, { password }), (error: { code?: string }) =>
      /^kdbx\.(damaged|wrong-credentials|unsupported|over-limit)$/.test(error.code ?? ''),
    );
  };
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    await refused(changed);
    if (at % 7 === 0) await refused(bytes.subarray(0, at));
  }
  await refused(Buffer.concat([bytes, Buffer.alloc(1)]));
});

test(
  'KeePassXC reads what Orbit writes: groups, values, attachments, one-time codes',
  needs('keepassxc-cli'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const kit = join(folder, 'kit.kdbx');
    const keyFile = await makeKeyFile(nodeCrypto, randomBytes(32));
    const keyPath = join(folder, 'kit.keyx');
    await writeFile(keyPath, keyFile);
    const key = ['--no-password', '--key-file', keyPath, kit];
    for (const cipher of ['aes', 'chacha20'] as const) {
      await writeFile(
        kit,
        await writeKdbx([full, entry(2), entry(3, { groups: ['Servers'] })], { keyFile }, { ...quick, cipher }),
      );
      const listed = await runProgram('keepassxc-cli', ['ls', '-q', '-R', ...key]);
      assert.match(listed.stdout.toString(), /entry 2\nServers\/\n {2}entry 3\n/);
      const exported = await runProgram('keepassxc-cli', [
        'show',
        '-q',
        '-s',
        '-a',
        'Password',
        ...key,
        'Servers/entry 3',
      ]);
      assert.equal(exported.stdout.toString(), 'secret\n');
      const path = `Servers/${full.groups[1]}/${full.fields[0]?.value}`;
      for (const { name, value } of full.fields) {
        // KeePassXC itself drops a byte order mark before a sealed value.
        if (name === 'Title' || name === 'byte order mark' || value.includes('\0')) continue;
        const shown = await runProgram('keepassxc-cli', ['show', '-q', '-s', '-a', name, ...key, path]);
        assert.equal(shown.stdout.toString(), `${value}\n`, name);
      }
      const out = join(folder, `attachment-${cipher}`);
      await runProgram('keepassxc-cli', ['attachment-export', '-q', ...key, path, 'id_ed25519', out]);
      assert.deepEqual(await readFile(out), full.attachments[0]?.bytes);
      const code = await runProgram('keepassxc-cli', ['show', '-q', '-t', ...key, path]);
      assert.match(code.stdout.toString(), /^\d{6}\n$/);
    }
  },
);

test('what is sealed is what was shown, although the memory of pieces is used again: small entries and ones of many pieces', async () => {
  const entries = Array.from({ length: 3000 }, (_, number) => {
    const value = `${number} `.repeat(number % 1000 === 500 ? 700_000 : 300);
    return entry(number, { fields: [field('Notes', value, number % 2 === 0)] });
  });
  const shown = createHash('sha256');
  const show = async (piece: Uint8Array): Promise<void> => void shown.update(piece);
  const keyFile = new Uint8Array(32).fill(1);
  const file = await writeKdbx(entries, { keyFile }, { ...quick, show });
  const opened = await readKdbx(file, { keyFile });
  const sealed = createHash('sha256');
  let size = 0;
  for await (const piece of opened.clearText()) {
    sealed.update(piece);
    size += piece.length;
  }
  assert.ok(size > 10 * 1024 * 1024);
  assert.equal(sealed.digest('hex'), shown.digest('hex'));
  const read = await Array.fromAsync(opened.entries());
  assert.deepEqual(
    read.map(({ fields }) => fields),
    entries.map(({ fields }) => fields),
  );
});
