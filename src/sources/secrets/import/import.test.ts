// Files of other programs become secrets; what does not fit is told, what is damaged is refused.
import assert from 'node:assert/strict';
import { argon2Sync, createCipheriv, createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { imported, shown } from '../../../../test/support/imports.ts';
import { SecretString } from '../../../base/secret-string.ts';
import type { KdbxEntry } from '../../../kdbx/kdbx-types.ts';
import { writeKdbx } from '../../../kdbx/kdbx.ts';
import { exportCsv, lostInCsv } from '../export/csv-export.ts';
import { exportJson } from '../export/json-export.ts';
import { exportKdbx } from '../export/kdbx-export.ts';
import type { SecretRecord } from '../secret-record.ts';
import type { ImportNote } from './importer.ts';

const password = new SecretString('export password');

const bitwardenItems = {
  encrypted: false,
  folders: [{ id: 'f', name: 'Work/Servers' }],
  items: [
    {
      id: 'login-1',
      folderId: 'f',
      type: 1,
      name: 'Mail',
      notes: 'n',
      favorite: true,
      fields: [
        { name: 'visible', value: 'v', type: 0 },
        { name: 'hidden', value: 'h', type: 1 },
        { name: 'linked', value: null, type: 3, linkedId: 100 },
      ],
      login: { uris: [{ uri: 'https://a' }, { uri: 'https://b' }], username: 'u', password: 'p3', totp: 'GEZD GNBV' },
      passwordHistory: [
        { lastUsedDate: '2024-02-02T00:00:00.000Z', password: 'p2' },
        { lastUsedDate: '2024-01-01T00:00:00.000Z', password: 'p1' },
      ],
      attachments: [{ fileName: 'key.pem' }],
      creationDate: '2023-01-01T00:00:00.000Z',
      revisionDate: '2024-02-02T00:00:00.000Z',
    },
    { id: 'note', type: 2, name: 'Note', notes: 'text', secureNote: { type: 0 } },
    { id: 'card', type: 3, name: 'Card', card: { cardholderName: 'J', number: '4111', expMonth: '10', code: '123' } },
    {
      id: 'person',
      type: 4,
      name: 'Person',
      identity: { firstName: 'J', username: 'jj', address1: 'street', ssn: '1' },
    },
    {
      id: 'key',
      type: 5,
      name: 'Key',
      sshKey: {
        privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\n',
        publicKey: 'ssh-ed25519 A',
        keyFingerprint: 'SHA256:x',
      },
    },
    { id: 'steam', type: 1, name: 'Steam', login: { totp: 'steam://ABC' } },
    { id: 'gone', type: 1, name: 'Deleted', login: { password: 'x' }, deletedDate: '2024-01-01T00:00:00.000Z' },
  ],
};

function checkBitwarden({ records, notes }: { records: SecretRecord[]; notes: ImportNote[] }): void {
  const [login, note, card, person, key, steam] = records;
  assert.equal(records.length, 6);
  assert.deepEqual(shown(login === undefined ? [] : [login]), [
    {
      title: 'Mail',
      username: 'u',
      password: 'p3',
      url: 'https://a',
      notes: 'n',
      groups: ['Work', 'Servers'],
      totp: 'otpauth://totp/Mail?secret=GEZDGNBV&period=30&digits=6&algorithm=SHA1',
      fields: { 'URL 2': 'https://b', visible: 'v', hidden: 'h', linked: 'linked to 100' },
      type: 'login',
      tags: ['favorite'],
    },
  ]);
  assert.deepEqual(
    login?.fields.map(({ isProtected }) => isProtected),
    [false, false, true, false],
  );
  assert.deepEqual(
    login?.history.map((version) => [version.password.reveal(), version.changedAt.toISOString().slice(0, 10)]),
    [
      ['p1', '2023-01-01'],
      ['p2', '2024-01-01'],
    ],
  );
  assert.equal(note?.type, 'note');
  const fieldsOf = (record: SecretRecord | undefined): unknown =>
    record?.fields.map((field) => [field.name, field.value.reveal(), field.isProtected]);
  assert.deepEqual(fieldsOf(card), [
    ['Cardholder name', 'J', false],
    ['Number', '4111', true],
    ['Exp month', '10', false],
    ['Code', '123', true],
  ]);
  assert.equal(person?.username, 'jj');
  assert.deepEqual(fieldsOf(person), [
    ['First name', 'J', false],
    ['Address 1', 'street', false],
    ['Ssn', '1', true],
  ]);
  assert.equal(key?.attachments[0]?.bytes.toString(), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
  assert.equal(steam?.fields[0]?.value.reveal(), 'steam://ABC');
  assert.deepEqual(
    notes.map(({ kind, title }) => `${kind} ${title}`),
    ['attachment-missing ', 'attachment-missing Mail', 'changed-form Steam', 'recycled-skipped Deleted'],
  );
}

test('Bitwarden JSON: logins, notes, cards, identities, SSH keys, past passwords; what is not in it is told', async () => {
  checkBitwarden(await imported(JSON.stringify(bitwardenItems), 'bitwarden.json'));
  const all = await imported(JSON.stringify(bitwardenItems), 'bitwarden.json', { includeRecycled: true });
  assert.equal(all.records.length, 7);
});

test('parts of a Bitwarden item that a later version brought are kept as they came', async () => {
  const item = {
    id: 'later',
    type: 9,
    name: 'Later',
    apiCredential: { token: 'T', scopes: ['a'] },
    permissions: { x: 1 },
  };
  const { records } = await imported(JSON.stringify({ ...bitwardenItems, items: [item] }), 'bitwarden.json');
  const [field, ...others] = records[0]?.fields ?? [];
  assert.deepEqual(others, []);
  assert.deepEqual(
    [field?.name, field?.value.reveal(), field?.isProtected],
    ['Api credential', '{"token":"T","scopes":["a"]}', true],
  );
});

// Written from Bitwarden's documentation alone, with other calls than the importer uses.
function sealedExport(kdf: {
  kdfType: number;
  kdfIterations: number;
  kdfMemory?: number;
  kdfParallelism?: number;
}): string {
  const salt = randomBytes(16).toString('base64');
  const secret = Buffer.from(password.reveal());
  const master =
    kdf.kdfType === 0
      ? pbkdf2Sync(secret, Buffer.from(salt, 'utf8'), kdf.kdfIterations, 32, 'sha256')
      : argon2Sync('argon2id', {
          message: secret,
          nonce: createHash('sha256').update(salt).digest(),
          memory: (kdf.kdfMemory ?? 0) * 1024,
          passes: kdf.kdfIterations,
          parallelism: kdf.kdfParallelism ?? 0,
          tagLength: 32,
        });
  const expand = (info: string): Buffer => createHmac('sha256', master).update(`${info}\u0001`).digest();
  const cipherString = (text: string): string => {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', expand('enc'), iv);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const mac = createHmac('sha256', expand('mac'))
      .update(Buffer.concat([iv, sealed]))
      .digest();
    return `2.${[iv, sealed, mac].map((part) => part.toString('base64')).join('|')}`;
  };
  return JSON.stringify({
    encrypted: true,
    passwordProtected: true,
    salt,
    ...kdf,
    encKeyValidation_DO_NOT_EDIT: cipherString('0b6ba1d5-0000-4000-8000-000000000000'),
    data: cipherString(JSON.stringify(bitwardenItems)),
  });
}

for (const kdf of [
  { kdfType: 0, kdfIterations: 5000 },
  { kdfType: 1, kdfIterations: 2, kdfMemory: 16, kdfParallelism: 2 },
]) {
  test(`Bitwarden JSON under a password opens (${kdf.kdfType === 0 ? 'PBKDF2' : 'Argon2id'}), a wrong one or a changed byte does not`, async () => {
    const sealed = sealedExport(kdf);
    checkBitwarden(await imported(sealed, 'bitwarden.json', { password }));
    const wrong = { password: new SecretString('other') };
    await assert.rejects(imported(sealed, 'bitwarden.json', wrong), failure('import.wrong-password'));
    await assert.rejects(imported(sealed, 'bitwarden.json'), failure('import.password-needed'));
    const at = sealed.lastIndexOf('|') - 40;
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    await assert.rejects(imported(changed, 'bitwarden.json', { password }), failure('import.damaged'));
  });
}

test('Bitwarden exports that cannot be read are refused with the cure', async () => {
  const refused = async (content: unknown, code: string): Promise<void> =>
    assert.rejects(imported(JSON.stringify(content), 'x.json', { password }), failure(code));
  await refused({ encrypted: true, encKeyValidation_DO_NOT_EDIT: '2.a|b|c', items: [] }, 'import.account-restricted');
  await refused({ items: [{ type: 'login' }] }, 'import.damaged');
  const sealed = JSON.parse(sealedExport({ kdfType: 0, kdfIterations: 1 })) as Record<string, unknown>;
  await refused({ ...sealed, kdfIterations: 1e9 }, 'import.over-limit');
  await refused({ ...sealed, kdfType: 1, kdfMemory: 1e6 }, 'import.over-limit');
  await refused({ ...sealed, kdfType: 7 }, 'import.damaged');
  await assert.rejects(imported('{"items":', 'x.json'), failure('import.damaged'));
});

const record = (id: string): SecretRecord => ({
  id,
  type: 'database',
  title: `=HYPERLINK("x") ${id}`,
  username: 'u',
  password: new SecretString('"p";,\n'),
  url: '',
  notes: new SecretString(''),
  fields: [{ name: 'f', value: new SecretString('v'), isProtected: true }],
  groups: ['a', 'b'],
  tags: ['t'],
  totp: new SecretString('otpauth://totp/x?secret=GEZDGNBV'),
  attachments: [{ name: 'k', bytes: randomBytes(10) }],
  createdAt: new Date('2020-01-01T00:00:00.123Z'),
  changedAt: new Date('2021-01-01T00:00:00.456Z'),
  expiresAt: new Date('2031-01-01T00:00:00.000Z'),
  history: [],
});

test('what Orbit exports as KDBX and JSON it imports unchanged, as CSV without what CSV cannot hold', async () => {
  const records = [record('1'), record('2')].map((one) => ({ ...one, history: [record('old')].map(pastOf) }));
  const kdbx = await exportKdbx(records, { password }, { kdf: { kind: 'aes', rounds: 1 } });
  assert.deepEqual((await imported(kdbx, 'x.kdbx', { password })).records, records);
  const json = (await Array.fromAsync(exportJson(records))).join('');
  assert.deepEqual((await imported(json, 'x.json')).records, records);
  for (const one of records) assert.deepEqual(lostInCsv(one), ['fields', 'attachments', 'history', 'expiry']);
  const csv = (await Array.fromAsync(exportCsv(records))).join('');
  const fromCsv = (await imported(csv, 'x.csv')).records;
  const rest = records.map((one) => {
    const { expiresAt, ...kept } = one;
    assert.ok(expiresAt instanceof Date);
    return { ...kept, fields: [], attachments: [], history: [] };
  });
  assert.deepEqual(
    fromCsv.map((one) => ({ ...one, id: '' })),
    rest.map((one) => ({ ...one, id: '' })),
  );
});

function pastOf({
  title,
  username,
  password: value,
  url,
  notes,
  fields,
  changedAt,
}: SecretRecord): SecretRecord['history'][number] {
  return { title, username, password: value, url, notes, fields, changedAt };
}

test('entries of other KeePass programs keep their id, second factor and fields; the recycle bin stays out', async () => {
  const foreign = (uuid: string, fields: [string, string][], groups: string[]): KdbxEntry => ({
    uuid: uuid.repeat(32),
    groups,
    fields: fields.map(([name, value]) => ({ name, value, isProtected: false })),
    tags: ['x'],
    customData: [],
    attachments: [],
    history: [],
  });
  const entries = [
    foreign(
      '1',
      [
        ['Title', 'a'],
        ['UserName', 'u'],
        ['TOTP Seed', 'gezd gnbv'],
        ['TOTP Settings', '60;8'],
        ['PIN', '1'],
      ],
      ['g'],
    ),
    foreign(
      '2',
      [
        ['Title', 'steam'],
        ['TOTP Seed', 'GEZDGNBV'],
        ['TOTP Settings', '30;S'],
      ],
      [],
    ),
    foreign(
      '3',
      [
        ['Title', 'note'],
        ['Notes', 'n'],
      ],
      [],
    ),
  ];
  const { records } = await imported(
    await writeKdbx(entries, { password }, { kdf: { kind: 'aes', rounds: 1 } }),
    'x.kdbx',
    { password },
  );
  const [steam, note, login] = records;
  assert.equal(login?.id, '1'.repeat(32));
  assert.deepEqual(login?.groups, ['g']);
  assert.equal(login?.totp?.reveal(), 'otpauth://totp/a?secret=GEZDGNBV&period=60&digits=8&algorithm=SHA1');
  assert.deepEqual(
    login?.fields.map(({ name }) => name),
    ['PIN'],
  );
  assert.deepEqual(
    steam?.fields.map(({ name }) => name),
    ['TOTP Seed', 'TOTP Settings'],
  );
  assert.equal(note?.type, 'note');

  const xml = `<?xml version="1.0" encoding="utf-8"?><KeePassFile><Meta><RecycleBinUUID>AAAAAAAAAAAAAAAAAAAAAg==</RecycleBinUUID></Meta>
    <Root><Group><UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>Root</Name>
    <Entry><UUID>AAAAAAAAAAAAAAAAAAAAAw==</UUID><String><Key>Password</Key><Value ProtectInMemory="True">p &amp; q</Value></String></Entry>
    <Group><Name>Recycle Bin</Name><Entry><UUID>AAAAAAAAAAAAAAAAAAAABA==</UUID></Entry><UUID>AAAAAAAAAAAAAAAAAAAAAg==</UUID></Group>
    </Group></Root></KeePassFile>`;
  const fromXml = await imported(xml, 'export.xml');
  assert.deepEqual(
    fromXml.records.map((one) => one.password.reveal()),
    ['p & q'],
  );
  assert.deepEqual(
    fromXml.notes.map(({ kind }) => kind),
    ['recycled-skipped'],
  );
  const bomb = xml
    .replace('<KeePassFile>', '<!DOCTYPE x [<!ENTITY a "aaaa">]><KeePassFile>')
    .replace('p &amp; q', '&a;');
  await assert.rejects(imported(bomb, 'export.xml'), failure('import.unknown-file'));
});
