// Without Orbit: the program in the README joins shares to a key that age takes.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { shamir } from '../../scripts/install-test-tools.ts';
import { conversation } from '../../test/support/conversation.ts';
import { runProgram } from '../base/program.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { destinationReadme } from './destination-readme.ts';
import { generateRecoveryIdentity, recoverySecretBytes } from './recovery-key.ts';
import { splitSecret } from './shares/split-secret.ts';

const tools = needs('age-keygen', 'python3', 'script', 'sed');

test('two of three shares become the key by the commands of the README, word for word, in both languages', {
  skip: tools.skip || (existsSync(shamir.folder) ? false : 'needs shamir-mnemonic'),
}, async (context) => {
  const folder = await temporaryFolder(context);
  const identity = generateRecoveryIdentity();
  const shares = await splitSecret(recoverySecretBytes(identity), { threshold: 2, count: 3 });
  const facts = {
    keyId: 'x',
    hasPassword: false,
    hasRecipients: false,
    shares: { threshold: 2, total: 3 },
    contacts: [],
  };
  const readme = destinationReadme(facts).toString('utf8');
  for (const [at, text] of readme.split('='.repeat(78)).slice(0, 2).entries()) {
    const place = join(folder, String(at));
    mkdirSync(place);
    writeFileSync(join(place, 'README.txt'), readme);
    const commands = [...text.matchAll(/^ {4}(.*join-shares\.py)$/gm)].map(([, command]) => command);
    assert.equal(commands.length, 2);
    const { exitCode, shown } = await conversation(
      commands.join(' && '),
      [2, 0].map((one, number) => [new RegExp(`Share ${number + 1}: $`), shares[one]?.words.join(' ') ?? '']),
      { folder: place, env: { PYTHONPATH: shamir.folder } },
    );
    assert.equal(exitCode, 0, shown);
    assert.ok(!shown.includes(shares[0]?.words[5] ?? '?'), 'the words are not shown');
    const { stdout } = await runProgram('age-keygen', ['-y', join(place, 'recovery-key.txt')]);
    assert.equal(stdout.toString().trim(), identity.recipient);
    assert.doesNotMatch(readFileSync(join(place, 'join-shares.py'), 'utf8'), /\|/);
  }
});
