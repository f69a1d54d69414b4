// The machine dies, or a call goes wrong, at every single storage operation of adding, changing and removing passwords: one of them
// always opens the repository, and the one that was promised does.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Fault } from '../src/backends/faulty.ts';
import type { Backend } from '../src/backends/backend.ts';
import { isFailure } from '../src/base/failure.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { withLock } from '../src/engine/repository/repository-lock.ts';
import { statesAfter } from './support/crash-states.ts';
import { backendWith, judge, makeHistory, type Objects } from './support/history.ts';
import { cheapCost, testPassword } from './support/repositories.ts';
import { needs } from './support/tools.ts';

const second = new SecretString('the second password');
const cost = cheapCost;
const faults: [Fault, boolean][] = [
  ['crash', false],
  ['crash', true],
  ['crash-after', false],
  ['fail', false],
  ['lost-answer', false],
  ['lie', false],
];

async function opens(objects: Objects, password: SecretString): Promise<boolean> {
  try {
    (await Repository.open(backendWith(objects), password)).close();
    return true;
  } catch (error) {
    if (isFailure(error, 'repository.wrong-password')) return false;
    throw error;
  }
}

const on =
  (work: (repository: Repository) => Promise<unknown>) =>
  async (backend: Backend): Promise<void> => {
    const repository = await Repository.open(backend, testPassword);
    try {
      await withLock(repository, { exclusive: true }, async () => work(repository));
    } finally {
      repository.close();
    }
  };

suite('passwords', needs('restic'), () => {
  test('survive a crash and a fault at every operation', async (context) => {
    const history = await makeHistory(context, 1);
    const single = history.objects;
    const withSecond = backendWith(single);
    await on((repository) => repository.addKey(second, { cost }))(withSecond);
    const secondId = [...withSecond.objects.keys()]
      .find((key) => key.startsWith('keys/') && !single.has(key))
      ?.slice(5);
    const changes = {
      add: {
        start: single,
        work: (repository: Repository) => repository.addKey(second, { cost }),
        promised: [testPassword, second],
      },
      passwd: {
        start: single,
        work: (repository: Repository) => repository.changePassword(second, { cost }),
        promised: [second],
      },
      remove: {
        start: withSecond.objects,
        work: (repository: Repository) => repository.removeKey(secondId as Repository['keyId']),
        promised: [testPassword],
      },
    };
    let judged = 0;
    for (const [name, { start, work, promised }] of Object.entries(changes))
      for (const [fault, isDropping] of faults) {
        const states = await statesAfter(start, fault, isDropping, on(work));
        assert.ok(states.size >= 2 || fault === 'lie', `${name}, ${JSON.stringify(fault)}: ${states.size}`);
        for (const objects of states.values()) {
          const isOpened = [await opens(objects, testPassword), await opens(objects, second)];
          assert.ok(isOpened.includes(true), `${name}, ${JSON.stringify(fault)}: nobody gets in any more`);
          if (isOpened[0] === true && judged++ % 8 === 0) await judge(history, objects);
          // The next attempt gets through, by whichever password opens.
          if (isOpened[0] === true && name !== 'remove') {
            const next = backendWith(objects);
            await on(work)(next);
            for (const password of promised) assert.ok(await opens(next.objects, password));
          }
        }
      }
    assert.ok(judged > 0);
  });
});
