import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli } from '../../test/support/cli.ts';

test('version answers in text and in JSON', async () => {
  const text = await cli(['version']);
  assert.equal(text.exitCode, 0);
  assert.match(text.stdout, /^orbit \d+\.\d+\.\d+ \(Node 24\./);
  const json = await cli(['version', '--json']);
  assert.match((JSON.parse(json.stdout) as { orbit: string }).orbit, /^\d+\.\d+\.\d+$/);
});

test('an unknown command ends with exit code 2 and says so', async () => {
  const result = await cli(['bakcup']);
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /unknown command|error/i);
});

test('help lists every command and an example', async () => {
  const result = await cli(['--help']);
  assert.equal(result.exitCode, 0);
  assert.match(result.stdout, /version +say which version/);
  assert.match(result.stdout, /Example: orbit backup create/);
});
