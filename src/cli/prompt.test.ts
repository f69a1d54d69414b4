import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import type { CliContext } from './context.ts';
import { promptSecret, readSecret } from './prompt.ts';

function contextWith(input: string): CliContext {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    stdout: nowhere,
    stderr: nowhere,
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    isTerminal: false,
    home: '/nonexistent',
    env: {},
    signal: new AbortController().signal,
  };
}

// A real terminal: script(1) gives the child one and copies to its standard output whatever that terminal shows.
function onTerminal(
  code: string,
  folder: string,
  keys: string | Buffer,
): Promise<{ exitCode: number; screen: string }> {
  const file = join(folder, 'ask.ts');
  return mkdir(folder, { recursive: true })
    .then(() => writeFile(file, code))
    .then(
      () =>
        new Promise((resolve, reject) => {
          const child = spawn('script', ['-qefc', 'exec "$NODE24" "$ASK"', '/dev/null'], {
            env: { ...process.env, NODE24: process.execPath, ASK: file, SHELL: '/bin/sh' },
          });
          let screen = '';
          let isSent = false;
          child.stdout.on('data', (chunk: Buffer) => {
            screen += chunk.toString('utf8');
            // Keys typed before the question is there would be echoed by the terminal itself.
            if (!isSent && screen.includes('Password: ')) {
              isSent = true;
              child.stdin.write(keys);
            }
          });
          child.on('error', reject);
          child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, screen }));
        }),
    );
}

const askingProgram = `
import { promptSecret } from '${new URL('./prompt.ts', import.meta.url).href}';
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('stopped')));
const context = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, isTerminal: true, home: '/', env: {}, signal: stop.signal };
try {
  const secret = await promptSecret(context, 'Password: ');
  console.log('hex ' + Buffer.from(secret.reveal()).toString('hex'));
} catch (error) {
  console.log('ended: ' + error.message);
}
`;

test('a secret typed on a terminal is not echoed, and backspace edits it', needs('script'), async (context) => {
  const folder = await temporaryFolder(context);
  const { screen } = await onTerminal(askingProgram, folder, 'wrong\u0015pä&$ !x\u007f\u001b[Dz\r');
  assert.match(screen, new RegExp(`hex ${Buffer.from('pä&$ !z').toString('hex')}`));
  assert.doesNotMatch(screen, /wrong|pä/);
});

test('Ctrl-C at the question stops the command', needs('script'), async (context) => {
  const { screen } = await onTerminal(askingProgram, await temporaryFolder(context), 'half\u0003');
  assert.match(screen, /ended: stopped/);
});

test('without a terminal a question fails with what to do instead', async () => {
  await assert.rejects(
    promptSecret(contextWith(''), 'Master password: '),
    failure('cli.no-terminal', /Master password/),
  );
});

test('a secret comes from a file or from standard input, without its last line break only', async (context) => {
  const file = join(await temporaryFolder(context), 'password');
  await writeFile(file, 'two\nlines \n\n');
  assert.equal((await readSecret(contextWith(''), 'Password: ', { file })).reveal(), 'two\nlines \n');
  assert.equal((await readSecret(contextWith('pipe\r\n'), 'Password: ')).reveal(), 'pipe');
  assert.equal((await readSecret(contextWith(' dash'), 'Password: ', { file: '-' })).reveal(), ' dash');
});

test('an empty or missing secret file is refused by name', async () => {
  await assert.rejects(readSecret(contextWith('\n'), 'Password: '), failure('cli.unreadable-secret', /standard input/));
  await assert.rejects(
    readSecret(contextWith(''), 'Password: ', { file: '/nonexistent/pw' }),
    failure('cli.unreadable-secret', /\/nonexistent\/pw/),
  );
});
