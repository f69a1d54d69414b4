// What a KeePass client shows for a reference is what we take: KeePassXC looks each one up beside us.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { needs } from '../../../../test/support/tools.ts';
import { runProgram } from '../../../base/program.ts';
import { SecretString } from '../../../base/secret-string.ts';
import { writeKdbx } from '../../../kdbx/kdbx.ts';
import type { KdbxEntry } from '../../../kdbx/kdbx-types.ts';
import type { SecretRecord } from '../secret-record.ts';
import { kdbxImporter } from './kdbx-import.ts';
import type { ImportNote } from './importer.ts';

const password = new SecretString('correct horse');
const ids = { target: 'aa'.repeat(16), chain: 'bb'.repeat(16), round: 'cc'.repeat(16), user: 'dd'.repeat(16) };

function entry(uuid: string, fields: Record<string, string>, history: KdbxEntry['history'] = []): KdbxEntry {
  const list = Object.entries(fields).map(([name, value]) => ({ name, value, isProtected: name === 'Password' }));
  return { uuid, groups: [], fields: list, tags: [], customData: [], attachments: [], history };
}

const target = entry(ids.target, {
  Title: 'target',
  UserName: 'root',
  Password: 'the {real} one',
  URL: 'ssh://t',
  Own: 'mark',
});
const past = entry('', { Title: 'user', Password: `{REF:P@I:${ids.target}}` });
const entries = [
  entry(
    ids.user,
    {
      Title: 'user',
      UserName: `{REF:U@I:${ids.target.toUpperCase()}}@{REF:T@I:${ids.target}}`,
      Password: `{REF:P@I:${ids.chain}}`,
      Notes: `{REF:P@T:target}`,
      URL: '{REF:A@U:root}',
      Here: '{REF:U@O:mark}',
    },
    [past],
  ),
  entry(ids.chain, { Title: 'chain', UserName: '', Password: `{REF:P@I:${ids.target}}` }),
  entry(ids.round, {
    Title: 'round',
    Password: `{REF:P@I:${ids.round}}`,
    Notes: '{REF:P@I:00112233445566778899aabbccddeeff} {REF:Z@I:1} {USERNAME}',
  }),
  target,
];

test('references are the values that they lead to, also through others; what leads nowhere stays and is noted', async () => {
  const bytes = await writeKdbx(entries, { password }, { kdf: { kind: 'aes', rounds: 1 } });
  const notes: ImportNote[] = [];
  const records = new Map<string, SecretRecord>();
  for await (const record of kdbxImporter.read(bytes, { password, note: (note) => notes.push(note) }))
    records.set(record.title, record);
  const user = records.get('user');
  assert.ok(user !== undefined && records.size === 4);
  assert.equal(user.username, 'root@target');
  assert.equal(user.password.reveal(), 'the {real} one');
  assert.equal(user.notes.reveal(), 'the {real} one');
  assert.equal(user.url, 'ssh://t');
  assert.equal(user.fields.find(({ name }) => name === 'Here')?.value.reveal(), 'root');
  assert.equal(user.history[0]?.password.reveal(), 'the {real} one');
  assert.equal(records.get('round')?.password.reveal(), `{REF:P@I:${ids.round}}`);
  assert.match(records.get('round')?.notes.reveal() ?? '', /^\{REF:P@I:0011.*\} \{REF:Z@I:1\} \{USERNAME\}$/);
  assert.deepEqual(notes.map(({ kind, title }) => `${kind} ${title}`).toSorted(), [
    'changed-form chain',
    'changed-form round',
    'changed-form user',
    'not-taken round',
  ]);
  assert.doesNotMatch(JSON.stringify(notes), /real/);
});

test('KeePassXC shows the same', needs('keepassxc-cli'), async (context) => {
  const file = join(await temporaryFolder(context), 'references.kdbx');
  const bytes = await writeKdbx(entries, { password }, { kdf: { kind: 'aes', rounds: 1 } });
  await writeFile(file, bytes);
  for await (const { title, username, password: found, url, notes } of kdbxImporter.read(bytes, { password })) {
    if (title === 'round') continue;
    const attributes = ['UserName', 'Password', 'URL', 'Notes'].flatMap((name) => ['-a', name]);
    const shown = await runProgram('keepassxc-cli', ['show', '-q', '-s', ...attributes, file, title], {
      input: `${password.reveal()}\n`,
    });
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.deepEqual(
      shown.stdout.toString().replace(/\n$/, '').split('\n'),
      [username, found.reveal(), url, notes.reveal()],
      title,
    );
  }
});
