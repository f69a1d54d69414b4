// CSV of many programs becomes secrets; what is damaged is refused with its line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../../../test/support/failures.ts';
import { imported, shown } from '../../../../test/support/imports.ts';
import { csvRows, separatorOf } from './csv-rows.ts';

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
