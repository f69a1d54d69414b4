import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { runProgram } from '../../base/program.ts';
import { readSshKey } from './ssh-key.ts';

test('the public half and the fingerprint are those that ssh-keygen tells', needs('ssh-keygen'), async (context) => {
  const folder = await temporaryFolder(context);
  for (const args of [
    ['-t', 'ed25519', '-N', ''],
    ['-t', 'ed25519', '-N', 'a passphrase'],
    ['-t', 'ecdsa', '-N', 'a passphrase'],
    ['-t', 'rsa', '-b', '2048', '-N', ''],
    ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', ''],
  ]) {
    const file = join(folder, args.join('').replaceAll(' ', ''));
    assert.equal((await runProgram('ssh-keygen', ['-q', '-C', '', '-f', file, ...args])).exitCode, 0);
    const key = readSshKey(file);
    assert.equal(key.publicKey, (await readFile(`${file}.pub`, 'utf8')).trim(), args.join(' '));
    const told = (await runProgram('ssh-keygen', ['-l', '-f', `${file}.pub`])).stdout.toString();
    assert.ok(told.includes(` ${key.fingerprint} `), told);
  }
});

test('a file that is no private key is refused by name', async (context) => {
  const folder = await temporaryFolder(context);
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const wrong: Record<string, string> = {
    empty: '',
    text: 'hello',
    pub: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== me',
    'public.pem': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'cut-off': '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n-----END',
  };
  for (const [name, content] of Object.entries(wrong)) {
    await writeFile(join(folder, name), content);
    assert.throws(() => readSshKey(join(folder, name)), failure('secrets.bad-ssh-key', new RegExp(name)), name);
  }
});
