// Files of other programs become secrets; what does not fit is told, what is damaged is refused.
import assert from 'node:assert/strict';
import { argon2Sync, createCipheriv, createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../../../test/support/failures.ts';
import { SecretString } from '../../../base/secret-string.ts';
import type { KdbxEntry } from '../../../kdbx/kdbx-types.ts';
import { writeKdbx } from '../../../kdbx/kdbx.ts';
import { exportCsv } from '../export/csv-export.ts';
import { exportJson } from '../export/json-export.ts';
import { exportKdbx } from '../export/kdbx-export.ts';
import type { SecretRecord } from '../secret-record.ts';
import { csvRows, separatorOf } from './csv-rows.ts';
import type { ImportNote, ImportOptions } from './importer.ts';
import { importerFor } from './importers.ts';

const password = new SecretString('export password');

async function imported(
  content: Uint8Array | string,
  filename: string,
  options: ImportOptions = {},
): Promise<{ records: SecretRecord[]; notes: ImportNote[] }> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const notes: ImportNote[] = [];
  const note = (one: ImportNote): void => void notes.push(one);
  const records = await Array.fromAsync(importerFor(bytes, filename).read(bytes, { note, ...options }));
  return { records, notes };
}

function shown(records: SecretRecord[]): unknown {
  return records.map(({ title, username, password: value, url, notes, groups, totp, fields, type, tags }) => ({
    title,
    username,
    password: value.reveal(),
    url,
    notes: notes.reveal(),
    groups,
    totp: totp?.reveal(),
    fields: Object.fromEntries(fields.map((field) => [field.name, field.value.reveal()])),
    type,
    tags,
  }));
}

const plainLogin = { totp: undefined, fields: {}, type: 'login', tags: [], groups: [], notes: '' };

test('CSV of KeePassXC: quotes, line breaks and its root group', async () => {
  const csv =
    '"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"\n' +
    '"Passwords/Servers/Web","srv ""one""","root","a,b;c","https://x","line 1\nline 2","otpauth://totp/x?secret=GEZDGNBV","0","2026-01-02T03:04:05Z","2025-01-02T03:04:05Z"\n';
  const { records, notes } = await imported(csv, 'export.csv');
  assert.deepEqual(shown(records), [
    {
      ...plainLogin,
      title: 'srv "one"',
      username: 'root',
      password: 'a,b;c',
      url: 'https://x',
      notes: 'line 1\nline 2',
      groups: ['Servers', 'Web'],
      totp: 'otpauth://totp/x?secret=GEZDGNBV',
    },
  ]);
  assert.equal(records[0]?.changedAt.toISOString(), '2026-01-02T03:04:05.000Z');
  assert.equal(records[0]?.createdAt.toISOString(), '2025-01-02T03:04:05.000Z');
  assert.deepEqual(notes, [{ kind: 'not-taken', title: '', message: 'the column Icon has no place in a secret' }]);
});

test('CSV of Chrome, 1Password and Bitwarden is recognised by its header', async () => {
  const chrome = await imported(
    '\ufeffname,url,username,password,note\r\nx,https://x,u,p,n\r\n',
    'Chrome Passwords.csv',
  );
  assert.deepEqual(shown(chrome.records), [
    { ...plainLogin, title: 'x', url: 'https://x', username: 'u', password: 'p', notes: 'n' },
  ]);
  const onePassword = await imported(
    'Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nx,https://x,u,p,,false,false,a;b,n\n',
    'export.csv',
  );
  assert.deepEqual(shown(onePassword.records), [
    { ...plainLogin, title: 'x', url: 'https://x', username: 'u', password: 'p', notes: 'n', tags: ['a', 'b'] },
  ]);
  const bitwarden = await imported(
    'folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n' +
      'Work/Mail,1,login,x,n,"PIN: 12: 34\nquestion: pet",0,https://x,u,p,GEZDGNBV\n,,note,only a note,text,,0,,,,\n',
    'bitwarden.csv',
  );
  assert.deepEqual(shown(bitwarden.records), [
    {
      ...plainLogin,
      title: 'x',
      url: 'https://x',
      username: 'u',
      password: 'p',
      notes: 'n',
      groups: ['Work', 'Mail'],
      fields: { PIN: '12: 34', question: 'pet' },
      totp: 'otpauth://totp/x?secret=GEZDGNBV&period=30&digits=6&algorithm=SHA1',
    },
    { ...plainLogin, title: 'only a note', url: '', username: '', password: '', notes: 'text', type: 'note' },
  ]);
});

test('any CSV is read with a mapping; unknown columns become protected fields', async () => {
  const csv = 'Host;Konto;Kennwort;Kostenstelle\nsrv1;root;"a;b";4711\nsrv1;root;second;\n';
  await assert.rejects(imported(csv, 'x.csv'), failure('import.unknown-columns'));
  const mapping = { title: 'Host', username: 'Konto', password: 'Kennwort' };
  const { records } = await imported(csv, 'x.csv', { mapping });
  assert.deepEqual(shown(records), [
    { ...plainLogin, title: 'srv1', username: 'root', password: 'a;b', url: '', fields: { Kostenstelle: '4711' } },
    { ...plainLogin, title: 'srv1', username: 'root', password: 'second', url: '' },
  ]);
  assert.equal(records[0]?.fields[0]?.isProtected, true);
  assert.notEqual(records[0]?.id, records[1]?.id);
  assert.deepEqual(
    (await imported(csv, 'x.csv', { mapping })).records.map(({ id }) => id),
    records.map(({ id }) => id),
  );
  await assert.rejects(
    imported(csv, 'x.csv', { mapping: { title: 'Name' } }),
    failure('import.unknown-columns', /Name/),
  );
});

test('damaged CSV is refused with the line', async () => {
  await assert.rejects(imported('name,password\nx,p\ny,"open\n', 'x.csv'), failure('import.damaged', /line 3/));
  await assert.rejects(imported('name,password\n"x\ny",p\nz,p,extra\n', 'x.csv'), failure('import.damaged', /line 4/));
  await assert.rejects(imported('', 'x.csv'), failure('import.damaged'));
  await assert.rejects(imported(Buffer.from([0x61, 0xff, 0x61]), 'x.csv'), failure('import.not-text'));
  await assert.rejects(imported('x', 'photo.jpg'), failure('import.unknown-file'));
});

test('any cells survive CSV, whatever the separator', () => {
  const cells = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(cells, fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n', '\r'), (rows, separator, end) => {
      const text = rows
        .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(separator) + end)
        .join('');
      assert.deepEqual(
        [...csvRows(text, separator)].map((row) => row.cells),
        rows,
      );
      if (rows.length > 0) assert.equal(separatorOf(text), separator);
    }),
  );
});

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
