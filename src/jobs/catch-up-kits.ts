// Copies the kits that a destination missed from another one, as they are: they are sealed to the same people.
import { note } from '../base/note.ts';
import type { Operation } from '../base/operation.ts';
import { copyKit } from '../breakglass/kit/copy-kit.ts';
import { allKits, rememberKit } from '../breakglass/kit/kit-history.ts';
import type { Give } from './catch-up.ts';
import type { JobOf } from './job.ts';
import { bringKeyFiles } from './key-delivery.ts';
import { signalOf } from './place.ts';
import { keepKits } from './retention.ts';
import type { RunEvent } from './run-events.ts';
import type { RunSurroundings } from './surroundings.ts';

/** How kits of a job are given. */
export function copyKits(surroundings: RunSurroundings, job: JobOf<'secrets'>, options: Operation<RunEvent>): Give {
  const { store, clock } = surroundings;
  return async (from, to, wanted) => {
    const kits = allKits(store).filter(({ scope }) => scope === `${job.name}@${from.name}`);
    const made = wanted.map(({ donors }) => donors.get(from.name)?.summary?.made?.replace('secrets/', ''));
    // A run in which nothing had changed made no kit: the newest one stands for it.
    const chosen = kits.filter(({ name }, at) => made.includes(name) || (at === 0 && made.includes(undefined)));
    const scope = `${job.name}@${to.name}`;
    await bringKeyFiles(surroundings, to, signalOf(options));
    options.report?.({ type: 'stage', job: job.name, destination: to.name, stage: 'sending' });
    for (const kit of chosen.toReversed()) {
      const { manifestSha256 } = kit;
      await copyKit(from.backend, to.backend, kit.name, { ...signalOf(options), manifestSha256 });
      rememberKit(store, scope, { ...kit, provedAt: clock.now() });
    }
    const keep = { ...signalOf(options), clock, store, scope, destination: to.name };
    if (job.retention !== undefined) await keepKits(to.backend, job.retention, keep);
    const newest = chosen[0]?.name;
    return {
      runs: wanted.map(({ run }) => run.id),
      ...(newest === undefined ? {} : { made: `secrets/${newest}` }),
      notes: [note('catch-up.kits', { count: chosen.length, from: from.name })],
    };
  };
}
