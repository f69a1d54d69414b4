// Other programs' files are read here, and ours by them: KeePassXC and kdbxweb judge.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import kdbxweb from 'kdbxweb';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { runProgram } from '../base/program.ts';
import { SecretString } from '../base/secret-string.ts';
import { utf8 } from './bytes.ts';
import { readKdbx, readKeePassXml, writeKdbx } from './kdbx.ts';
import type { KdbxCredentials, KdbxEntry } from './kdbx-types.ts';
import { keyOfKeyFile, makeKeyFile } from './key-file.ts';
import { nodeCrypto } from './node-crypto.ts';

const text = 'Zoë ]]> & <b> 🔑 \'"';
const password = new SecretString(`every day ${text}`);

// kdbxweb wants array buffers of exactly the right size.
const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

// kdbxweb asks for Argon2 from outside; its `type` is 0 for Argon2d and 2 for Argon2id.
kdbxweb.CryptoEngine.setArgon2Impl(async (message, salt, memory, passes, _length, parallelism, type) => {
  const kind = Number(type) === 2 ? 'argon2id' : 'argon2d';
  const request = { kind, password: new Uint8Array(message), salt: new Uint8Array(salt), passes, parallelism } as const;
  return exact(await nodeCrypto.argon2({ ...request, memoryKiB: memory }));
});

async function keepassxc(args: string[], input?: string): Promise<Buffer> {
  const result = await runProgram('keepassxc-cli', args, input === undefined ? {} : { input });
  assert.equal(result.exitCode, 0, result.stderr);
  return result.stdout;
}

const valuesOf = (entry: KdbxEntry): Record<string, string> =>
  Object.fromEntries(entry.fields.map(({ name, value }) => [name, value]));

function webCredentials(credentials: KdbxCredentials): kdbxweb.Credentials {
  const secret =
    credentials.password === undefined ? null : kdbxweb.ProtectedValue.fromString(credentials.password.reveal());
  return new kdbxweb.Credentials(secret, credentials.keyFile === undefined ? null : exact(credentials.keyFile));
}

test('databases that keepassxc-cli makes, imports and changes are read', needs('keepassxc-cli'), async (context) => {
  const folder = await temporaryFolder(context);
  const database = join(folder, 'own.kdbx');
  const keyFile = join(folder, 'any.key');
  await writeFile(keyFile, 'any file at all');
  const secret = `${password.reveal()}\n`;
  await keepassxc(['db-create', '-q', '-p', '--set-key-file', keyFile, '-t', '100', database], secret + secret);
  await keepassxc(['mkdir', '-q', '-k', keyFile, database, 'Servers'], secret);
  const add = [
    'add',
    '-q',
    '-k',
    keyFile,
    '-u',
    'root',
    '--url',
    'https://x',
    '--notes',
    text,
    '-p',
    database,
    'Servers/one',
  ];
  await keepassxc(add, `${secret}first value\n`);
  await keepassxc(['edit', '-q', '-k', keyFile, '-p', database, 'Servers/one'], `${secret}second value\n`);
  const file = join(folder, 'file.bin');
  const content = randomBytes(100_000);
  await writeFile(file, content);
  await keepassxc(['attachment-import', '-q', '-k', keyFile, database, 'Servers/one', 'file.bin', file], secret);
  await keepassxc(['add', '-q', '-k', keyFile, database, 'deleted'], secret);
  await keepassxc(['rm', '-q', '-k', keyFile, database, 'deleted'], secret);

  const credentials = { password, keyFile: await readFile(keyFile) };
  const opened = await readKdbx(await readFile(database), credentials);
  const entries = await Array.fromAsync(opened.entries());
  const one = entries.find((entry) => entry.isRecycled !== true);
  assert.ok(one !== undefined);
  assert.equal(entries.length, 2);
  assert.deepEqual(one.groups, ['Servers']);
  const wanted = { Title: 'one', UserName: 'root', URL: 'https://x', Notes: text, Password: 'second value' };
  assert.deepEqual(valuesOf(one), wanted);
  assert.equal(one.fields.find(({ name }) => name === 'Password')?.isProtected, true);
  assert.deepEqual(Buffer.from(one.attachments[0]?.bytes ?? []), content);
  assert.ok(one.history.some((version) => version.fields.some(({ value }) => value === 'first value')));

  const exported = await keepassxc(['export', '-q', '-k', keyFile, database], secret);
  const xml = join(folder, 'export.xml');
  await writeFile(xml, exported);
  const again = join(folder, 'again.kdbx');
  await keepassxc(['import', '-q', '-p', '-t', '100', xml, again], secret + secret);
  const reread = await Array.fromAsync((await readKdbx(await readFile(again), { password })).entries());
  assert.deepEqual(reread.map(valuesOf), entries.map(valuesOf));
});

test(
  'KeePassXC gives back from our file every value, tag, time and version',
  needs('keepassxc-cli'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const version = {
      // In KeePassXC's order; it adds the well-known ones that are missing.
      fields: ['Notes', 'Password', 'Title', 'URL', 'UserName', 'own field'].map((name) => ({
        name,
        value: ` ${name} ${text}\n\t `,
        isProtected: name === 'Password',
      })),
      tags: ['one', 'two words'],
      customData: [{ name: 'orbit', value: '{"id":"1"}' }],
      attachments: [],
      createdAt: new Date('2001-02-03T04:05:06Z'),
      modifiedAt: new Date('2002-02-03T04:05:06Z'),
      expiresAt: new Date('2033-02-03T04:05:06Z'),
    };
    const history = [{ ...version, modifiedAt: new Date('2001-06-06T06:06:06Z') }];
    const entry: KdbxEntry = { ...version, uuid: 'ab'.repeat(16), groups: ['a', '', 'a/b'], history };
    const file = join(folder, 'ours.kdbx');
    await writeFile(file, await writeKdbx([entry], { password }, { name: text }));
    const xml = await keepassxc(['export', '-q', file], `${password.reveal()}\n`);
    const read = await Array.fromAsync(readKeePassXml(xml));
    for (const one of [...read, ...read.flatMap((given) => given.history)]) {
      // KeePassXC's own mark of the moment it opened the file.
      one.customData = one.customData.filter(({ name }) => name !== '_LAST_MODIFIED');
    }
    assert.deepEqual(read, [entry]);
    assert.match(xml.toString(), /<HistoryMaxItems>-1<.*\n.*<HistoryMaxSize>-1</);
    const info = (await keepassxc(['db-info', '-q', file], `${password.reveal()}\n`)).toString();
    assert.match(info, /KDF: Argon2id \(12 rounds, 65536 KB\)/);
  },
);

for (const version of ['3.1', '4.0', '4.1']) {
  test(`databases of kdbxweb are read (KDBX ${version})`, async () => {
    const credentials = { password, keyFile: await makeKeyFile(nodeCrypto, randomBytes(32)) };
    const database = kdbxweb.Kdbx.create(webCredentials(credentials), 'web');
    database.setVersion(version === '3.1' ? 3 : 4);
    database.header.versionMinor = Number(version.slice(2));
    const group = database.createGroup(database.getDefaultGroup(), 'Servers');
    const made = database.createEntry(group);
    made.fields.set('Title', text);
    made.fields.set('Password', kdbxweb.ProtectedValue.fromString('old'));
    made.pushHistory();
    made.fields.set('Password', kdbxweb.ProtectedValue.fromString(text));
    made.times.update();
    made.times.expires = true;
    made.times.expiryTime = new Date('2030-01-01T00:00:00Z');
    const content = randomBytes(50_000);
    made.binaries.set('file', await database.createBinary(exact(content)));
    database.move(database.createEntry(group), database.getGroup(database.meta.recycleBinUuid ?? ''));
    const opened = await readKdbx(new Uint8Array(await database.save()), credentials);
    const entries = await Array.fromAsync(opened.entries());
    const entry = entries.find(({ isRecycled }) => isRecycled !== true);
    assert.equal(entries.length, 2);
    assert.equal(opened.version, version);
    assert.deepEqual(entry?.groups, ['Servers']);
    assert.equal(entry.fields.find(({ name }) => name === 'Title')?.value, text);
    assert.equal(entry.fields.find(({ name }) => name === 'Password')?.value, text);
    assert.equal(entry.history[0]?.fields.find(({ name }) => name === 'Password')?.value, 'old');
    assert.deepEqual(Buffer.from(entry.attachments[0]?.bytes ?? []), content);
    assert.equal(entry.expiresAt?.toISOString(), '2030-01-01T00:00:00.000Z');
  });
}

test('kdbxweb reads what Orbit writes', async () => {
  const entry: KdbxEntry = {
    uuid: '0123456789abcdef0123456789abcdef',
    groups: ['Servers', text],
    fields: [
      { name: 'Title', value: text, isProtected: false },
      { name: 'Password', value: text, isProtected: true },
    ],
    tags: ['one', 'two'],
    customData: [{ name: 'orbit', value: '{}' }],
    attachments: [{ name: 'file', bytes: randomBytes(5 * 1024 * 1024) }],
    modifiedAt: new Date('2026-01-01T00:00:00Z'),
    history: [],
  };
  for (const cipher of ['aes', 'chacha20'] as const) {
    const bytes = await writeKdbx(
      [entry],
      { password },
      { cipher, kdf: { kind: 'argon2id', memoryKiB: 1024, passes: 1, parallelism: 1 } },
    );
    const database = await kdbxweb.Kdbx.load(exact(bytes), webCredentials({ password }));
    const read = database.getDefaultGroup().groups[0]?.groups[0]?.entries[0];
    assert.equal(read?.fields.get('Title'), text);
    const secret = read?.fields.get('Password') as kdbxweb.ProtectedValue;
    assert.equal(secret.getText(), text);
    assert.deepEqual(read?.times.lastModTime, entry.modifiedAt);
    const attachment = read?.binaries.get('file') as { value: kdbxweb.ProtectedValue };
    assert.deepEqual(Buffer.from(attachment.value.getBinary()), entry.attachments[0]?.bytes);
  }
});

test('every kind of key file opens what kdbxweb sealed with it', async () => {
  const key = randomBytes(32);
  const kinds = {
    'XML 2.0': await makeKeyFile(nodeCrypto, key),
    'XML 1.0': utf8(
      `<?xml version="1.0"?><KeyFile><Meta><Version>1.00</Version></Meta><Key><Data>${key.toString('base64')}</Data></Key></KeyFile>`,
    ),
    '32 bytes': new Uint8Array(key),
    'hexadecimal digits': utf8(key.toString('hex')),
    anything: randomBytes(777),
  };
  for (const [kind, keyFile] of Object.entries(kinds)) {
    const database = kdbxweb.Kdbx.create(webCredentials({ keyFile }), 'web');
    database.setKdf(kdbxweb.Consts.KdfId.Aes);
    database.createEntry(database.getDefaultGroup());
    const opened = await readKdbx(new Uint8Array(await database.save()), { keyFile });
    assert.equal((await Array.fromAsync(opened.entries())).length, 1, kind);
    if (kind !== 'anything') assert.deepEqual(Buffer.from(await keyOfKeyFile(nodeCrypto, keyFile)), key, kind);
  }
});

test('a key file with one wrong digit is told from a wrong key file', async () => {
  const content = new TextDecoder().decode(await makeKeyFile(nodeCrypto, Buffer.alloc(32, 0x11)));
  const changed = utf8(content.replace('11111111', '11111112'));
  await assert.rejects(keyOfKeyFile(nodeCrypto, changed), failure('kdbx.key-file-damaged'));
  const short = utf8(content.replace('11111111', ''));
  await assert.rejects(keyOfKeyFile(nodeCrypto, short), failure('kdbx.key-file-damaged'));
});
