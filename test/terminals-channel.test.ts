// What is critical, on the terminals of whoever is signed in: the system's own `who` and `wall`, in a mount namespace whose record of
// sign-ins is the test's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { hasProgram } from '../scripts/install-test-tools.ts';
import { runProgram } from '../src/base/program.ts';
import { terminals } from '../src/notify/kinds/terminals.ts';
import { isWanted } from '../src/notify/filter.ts';
import type { SessionReport } from './support/terminal-session.ts';

const session = fileURLToPath(new URL('./support/terminal-session.ts', import.meta.url));
const missing = ['unshare', 'wall', 'who', 'script'].filter((program) => !hasProgram(program));
const skip =
  missing.length > 0
    ? `needs ${missing.join(', ')}`
    : spawnSync('unshare', ['--mount', 'true']).status !== 0 && 'needs the right to mount';

async function reportOf(...args: string[]): Promise<SessionReport> {
  const run = await runProgram('unshare', ['--mount', '--propagation', 'private', process.execPath, session, ...args], {
    env: { PATH: process.env['PATH'] },
    timeoutMs: 60_000,
  });
  assert.equal(run.exitCode, 0, run.stderr);
  return JSON.parse(run.stdout.toString('utf8')) as SessionReport;
}

// `wall` fills each line up to the width of a terminal.
const plain = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('a lost destination stands on the terminal of whoever is signed in, in the language of the channel', {
  skip,
}, async () => {
  for (const [language, ...words] of [
    ['en', 'Broadcast message', 'ALERT', 'Destination lost', 'cofre', 'está fora'],
    ['pt', 'ALERTA', 'inacessível desde', 'Destino perdido', 'cofre', 'está fora'],
  ] as const) {
    const { steps, delivered, shown, failure } = await reportOf('one', language);
    assert.equal(failure, undefined);
    assert.match(steps.join('\n'), /^ana is signed in at pts\/\d+$/);
    assert.equal(delivered, 1);
    // Had a word been cut in two, it would not be among these.
    for (const word of words) assert.ok(plain(shown).includes(word), `${word}: ${plain(shown)}`);
  }
});

test('where nobody is signed in nothing is written, and the message does not wait', { skip }, async () => {
  const { steps, delivered, failure } = await reportOf('nobody');
  assert.deepEqual([steps, delivered, failure], [['nobody is signed in at a terminal'], 1, undefined]);
});

test('a terminal that takes nothing is told by name, with a cure', { skip }, async () => {
  const { delivered, failure } = await reportOf('gone');
  assert.equal(delivered, 0);
  assert.match(failure ?? '', /^notify\.refused: no terminal took the message: .*pts\/9999/);
});

test('a new channel of terminals is told what is critical and worse, and nothing else', () => {
  const facts = {};
  for (const [severity, isTold] of [
    ['emergency', true],
    ['critical', true],
    ['error', false],
  ] as const)
    assert.equal(isWanted(terminals.defaultFilter, { id: 'destination.lost', severity, facts }), isTold);
});
