import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { runProgram } from './program.ts';

const module = pathToFileURL('src/base/end-at-once.ts').href;

/** Runs a program of its own that ends by our means. */
async function ended(program: string, env: Record<string, string> = {}, flags: string[] = []) {
  const text = `import { endAtOnce } from '${module}'; ${program}; await endAtOnce();`;
  const args = [...flags, '--input-type=module', '--eval', text];
  const { exitCode, stdout } = await runProgram(process.execPath, args, { env });
  return { exitCode, output: stdout.toString() };
}

test('a process says all it has to say, to those who listen for its end too, and gives its exit code', async () => {
  const long = 'x'.repeat(1_000_000);
  const { exitCode, output } = await ended(`
    process.on('exit', (code) => process.stdout.write('ended with ' + code));
    setTimeout(() => { process.stdout.write('x'.repeat(1_000_000)); process.exitCode = 3; }, 1)`);
  assert.equal(exitCode, 3);
  assert.ok(output === `${long}ended with 3`, `${output.length} bytes`);
});

test('V8 is not taken apart: what it would write then is not written', async (context) => {
  const folder = await temporaryFolder(context);
  await ended('1 + 1', { NODE_V8_COVERAGE: folder });
  assert.deepEqual(readdirSync(folder), []);
  // As the test runner starts its processes, which tells each how profiles would be taken.
  await ended('1 + 1', { NODE_V8_COVERAGE: folder }, ['--cpu-prof-interval=1000', '--heap-prof-interval=524288']);
  assert.deepEqual(readdirSync(folder), []);
  await ended('1 + 1', {}, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  assert.equal(readdirSync(folder).length, 1, 'a profile that was asked for is written');
});

test('a thread that ends leaves the process alone', async () => {
  const { output } = await ended(`
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker('import("${module}").then(({ endAtOnce }) => endAtOnce())', { eval: true });
    worker.on('exit', () => setTimeout(() => process.stdout.write('still here'), 1))`);
  assert.equal(output, 'still here');
});
