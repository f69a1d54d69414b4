import { describeSecretSource } from '../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { keepassxc, makeDatabase } from '../../../../test/support/keepassxc.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { needs } from '../../../../test/support/tools.ts';
import { systemClock } from '../../../base/clock.ts';
import { instanceKeyFrom } from '../../../store/instance-key.ts';
import { memoryStore } from '../../../store/store.ts';
import { openSecretSource } from '../kinds.ts';
import type { SecretRecord } from '../secret-record.ts';
import { openVault } from '../vault/vault.ts';

async function read(settings: unknown): Promise<{ census: string[]; records: SecretRecord[] }> {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const source = await openSecretSource('keepass-file', settings, { vault, clock: systemClock });
  return { census: (await source.census()).ids, records: await Array.fromAsync(source.read()) };
}

test(
  'a database of KeePassXC is a source, by password and key file, and is not changed',
  needs('keepassxc-cli'),
  async (context) => {
    const { file, keyFile } = await makeDatabase(await temporaryFolder(context), 'open sesame', true);
    const before = await readFile(file);
    const { census, records } = await read({ path: file, password: 'open sesame', keyFile });
    assert.deepEqual(
      records.map(({ groups, title, password }) => [...groups, title, password.reveal()].join(' ')).sort(),
      [`Mail p'"&<>;| ß🔑`, 'Servers db01 second'],
    );
    assert.deepEqual(
      census,
      records.map(({ id }) => id),
    );
    assert.deepEqual(await readFile(file), before);
  },
);

test('a missing file and no credential at all each say what they are', needs('keepassxc-cli'), async (context) => {
  const { file } = await makeDatabase(await temporaryFolder(context), 'open sesame');
  await assert.rejects(read({ path: `${file}.old`, password: 'x' }), failure('secrets.no-file', /\.old/));
  await assert.rejects(read({ path: file }), failure('config.invalid', /key file/));
});

describeSecretSource('keepass-file', needs('keepassxc-cli'), async (context) => {
  const { file } = await makeDatabase(await temporaryFolder(context), 'open sesame');
  const whole = await readFile(file);
  return {
    settings: { path: file, password: 'open sesame' },
    secrets: [
      { title: 'db01', password: 'second', past: ['first', 'second'] },
      { title: 'Mail', password: `p'"&<>;| ß🔑` },
    ],
    wrong: { settings: { password: 'CANARY' }, code: 'kdbx.wrong-credentials' },
    async cut(part) {
      await writeFile(`${file}.cut`, whole.subarray(0, Math.floor(whole.length * part)));
      return { path: `${file}.cut` };
    },
    takeOut: () => keepassxc(['rm', '-q', file, 'Servers/db01'], 'open sesame'),
  };
});
