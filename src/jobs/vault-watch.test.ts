import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { drillInstance } from '../../test/support/drill-instance.ts';
import { SecretString } from '../base/secret-string.ts';
import { findJob, saveJob } from './job.ts';
import type { RunDesk } from './run-desk.ts';
import { watchVault } from './vault-watch.ts';

const times = { everyMs: 5, quietMs: 60, longestMs: 60_000 };

async function watched(context: TestContext, onChange: boolean | undefined) {
  const { app } = await drillInstance(context);
  if (onChange !== undefined) saveJob(app.store, { ...findJob(app.store, 'secrets'), onChange });
  const started: string[] = [];
  const heard = Promise.withResolvers<void>();
  const start: RunDesk['start'] = (job, startedBy) => {
    started.push(`${job.name} by ${startedBy}`);
    heard.resolve();
    return Promise.resolve({} as Awaited<ReturnType<RunDesk['start']>>);
  };
  const stop = new AbortController();
  const over = watchVault(app, { start }, stop.signal, times);
  const add = (title: string): void => {
    app.vault.add({ type: 'login', title, username: 'admin', password: new SecretString('secret') });
  };
  const end = async (): Promise<string[]> => {
    stop.abort();
    await over;
    return started;
  };
  return { add, heard: heard.promise, end };
}

test('several changes in the vault, one after the other, start one run of the secrets job', async (context) => {
  const { add, heard, end } = await watched(context, undefined);
  for (const title of ['a', 'b', 'c']) add(title);
  await heard;
  assert.deepEqual(await end(), ['secrets by change']);
});

test('with the switch off no change starts a run', async (context) => {
  const { add, heard, end } = await watched(context, false);
  add('a');
  // Four times as long as a change takes to start a run with the switch on.
  const quiet = new Promise((resolve) => setTimeout(resolve, 4 * (times.quietMs + times.everyMs), 'quiet'));
  assert.equal(await Promise.race([heard, quiet]), 'quiet');
  assert.deepEqual(await end(), []);
});
