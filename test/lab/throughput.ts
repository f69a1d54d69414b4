// In the guest: how fast the mounted kinds are beside `cp` to the same mount. Part of bench/destinations.bench.ts.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Contender, done, loadsOf, race } from '../../bench/support/destination-race.ts';
import { machineClock } from '../../bench/support/processor-time.ts';
import type { Backend } from '../../src/backends/backend.ts';
import { prefixedBackend } from '../../src/backends/prefixed.ts';
import { fullConfig, kindOf } from '../../src/destinations/destination.ts';
import { prepareDestination } from '../../src/destinations/open.ts';
import { type Kind, facts, kinds, labDestination } from './guest.ts';

interface Wanted {
  rounds?: string;
  packs?: string;
  small?: string;
  only?: string;
}

const { rounds = '3', packs = '4', small = '2000', only = kinds.join() } = JSON.parse(facts.settings) as Wanted;

async function contenderOf(kind: Kind): Promise<Contender> {
  const local = `/run/race-${kind}`;
  const name = `race-${kind}`;
  const { context, destination } = labDestination(kind, name, { local });
  await prepareDestination(context, destination());
  const backend: Backend = await kindOf(kind).open(fullConfig(context.store, context.instanceKey, destination()), {
    spoolFolder: '/run/orbit-home/spool',
    sshKey: () => {
      throw new Error('no key is asked for');
    },
  });
  // The share's folder, or the export itself.
  const top = kind === 'cifs' ? join(local, name) : local;
  return {
    kind,
    byHand: 'cp -r, sync -f',
    open: async (place) => ({ ...prefixedBackend(backend, place), close: async () => {} }),
    async put(source, place) {
      mkdirSync(join(top, place));
      await done('cp', ['-r', `${source}/.`, join(top, place)], { timeoutMs: 600_000 });
      await done('sync', ['-f', join(top, place)]);
    },
    get: (place, target) => done('cp', ['-r', `${join(top, place)}/.`, target], { timeoutMs: 600_000 }),
    async stop() {
      await backend.close();
      await done('umount', [local]);
    },
  };
}

for (const kind of kinds) {
  test(`${kind} beside cp`, { skip: !only.includes(kind) }, async () => {
    const contender = await contenderOf(kind);
    const loads = loadsOf({ packs: Number(packs), small: Number(small) });
    const folder = mkdtempSync(join(tmpdir(), 'race-'));
    await race(contender, { rounds: Number(rounds), loads, folder, clock: machineClock() });
    await contender.stop();
  });
}
