// In the guest: the server is killed, stopped, or its packets dropped in the middle of a run. Orbit stays responsive, says LOST in
// time, comes back by itself, and stock restic finds the repository clean.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { prefixedBackend } from '../../src/backends/prefixed.ts';
import { openDestination, prepareDestination, probeDestination } from '../../src/destinations/open.ts';
import { Repository } from '../../src/engine/repository/repository.ts';
import { cheapCost, saveFiles, testPassword } from '../support/repositories.ts';
import { type Kind, askHost, folderBehind, kinds, labDestination } from './guest.ts';

const timeoutSeconds = 10;
const probeMs = 12_000;
const faults = { kill: 'restart', drop: 'pass', stop: 'continue' } as const;

for (const [fault, cure] of Object.entries(faults) as [keyof typeof faults, (typeof faults)[keyof typeof faults]][]) {
  test(`${fault}: lost within its deadline, back by itself, nothing broken, nothing blocked`, async () => {
    const heart = heartbeat();
    const stories = kinds.map((kind) => story(kind, fault));
    const begun = await Promise.all(stories.map((one) => one.begin()));
    console.log(await askHost({ do: fault }));
    await Promise.all(begun.map((one) => one.beLost()));
    console.log(await askHost({ do: cure }));
    await Promise.all(begun.map((one) => one.beBack()));
    const worstMs = heart.stop();
    console.log(`${fault}: the process itself was never held up longer than ${worstMs} ms`);
    // A hung mount would hold it for the kernel's own half minute and more; a busy machine for a few seconds.
    assert.ok(worstMs < 20_000, `${worstMs} ms`);
  });
}

function story(kind: Kind, fault: string) {
  const name = `lost-${fault}-${kind}`;
  const { context, destination } = labDestination(kind, name, { timeoutSeconds });
  const repositoryPath = `${folderBehind(kind, name)}/system`;
  const openRepository = async (isNew = false) => {
    const backend = await openDestination(context, destination());
    const below = prefixedBackend(backend, 'system');
    const repository = isNew
      ? await Repository.init(below, testPassword, { cost: cheapCost })
      : await Repository.open(below, testPassword);
    const close = async (): Promise<void> => {
      repository.close();
      await backend.close();
    };
    return { repository, close };
  };
  const run = async (opened: Awaited<ReturnType<typeof openRepository>>): Promise<void> => {
    await saveFiles(await opened.repository.loadIndex(), { file: [randomBytes(900_000), randomBytes(700_000)] });
  };
  return {
    async begin() {
      await prepareDestination(context, destination());
      const { result } = await probeDestination(context, destination());
      assert.equal(result.failure, undefined);
      const opened = await openRepository(true);
      await run(opened);
      // The run that is hit: it stores until it is told to stop.
      let isStopped = false;
      const hit = (async () => {
        while (!isStopped) await run(opened);
      })();
      hit.catch(() => {});
      return {
        async beLost() {
          const started = performance.now();
          const states: string[] = [];
          while (destination().state !== 'lost') {
            states.push((await probeDestination(context, destination(), { timeoutMs: probeMs })).destination.state);
            assert.ok(states.length < 6, states.join());
          }
          console.log(
            `${kind} ${fault}: lost after ${Math.round((performance.now() - started) / 100) / 10} s (${states.join(', ')})`,
          );
          assert.ok(performance.now() - started < 60_000);
          isStopped = true;
        },
        async beBack() {
          const started = performance.now();
          for (let back = false; !back; await pause(200)) {
            const { events } = await probeDestination(context, destination(), { timeoutMs: probeMs });
            back = events.some(({ type }) => type === 'destination.back');
            assert.ok(performance.now() - started < 90_000, 'it did not come back');
          }
          console.log(`${kind} ${fault}: back after ${Math.round((performance.now() - started) / 100) / 10} s`);
          const how = await hit.then(
            () => 'completed by itself',
            (error: unknown) => String(error),
          );
          console.log(`${kind} ${fault}: the run that was hit: ${how}`);
          await opened.close();
          assert.match(await askHost({ do: 'check', path: repositoryPath }), /"exitCode":0/);
          const next = await openRepository();
          const before = (await next.repository.loadIndex(), await countSnapshots(repositoryPath));
          await run(next);
          await next.close();
          const after = await countSnapshots(repositoryPath);
          assert.equal(after, before + 1, 'the next run completes');
        },
      };
    },
  };
}

async function countSnapshots(path: string): Promise<number> {
  const answer = JSON.parse(await askHost({ do: 'check', path })) as {
    exitCode: number;
    ids: string[];
    text: string;
  };
  assert.equal(answer.exitCode, 0, answer.text);
  assert.match(answer.text, /no errors were found/);
  return answer.ids.length;
}

// The event loop and the thread pool, both: a hung mount would block the second.
function heartbeat(): { stop(): number } {
  let isRunning = true;
  let worst = 0;
  void (async () => {
    while (isRunning) {
      const started = performance.now();
      await readFile('/proc/self/stat');
      await pause(20);
      worst = Math.max(worst, performance.now() - started);
    }
  })();
  return {
    stop() {
      isRunning = false;
      return Math.round(worst);
    },
  };
}
