// An instance with a vault, a source folder and a destination, backed up once, whose events are kept in a list.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type App, openApp } from '../../src/app.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { OrbitEvent } from '../../src/base/event.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { startCeremony } from '../../src/breakglass/ceremony.ts';
import { addDestination } from '../../src/destinations/destination.ts';
import { prepareDestination } from '../../src/destinations/open.ts';
import { findJob, saveJob } from '../../src/jobs/job.ts';
import { runJob } from '../../src/jobs/runner.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Opens the recovery key of a `drillInstance`. */
export const drillMasterPassword = 'cinder parole ostrich magnet huddle trowel';

/** What tests do with it. */
export interface DrillInstance {
  app: App;
  folder: string;
  home: string;
  source: string;
  /** The folder of the destination `local`. */
  place: string;
  masterFile: string;
  clock: ReturnType<typeof fixedClock>;
  events: OrbitEvent[];
  backUp(...jobs: ('secrets' | 'system')[]): Promise<void>;
}

/** Makes it. The clock stands at the start of 2026-11-23 unless the test moves it. */
export async function drillInstance(context: TestContext): Promise<DrillInstance> {
  const folder = await temporaryFolder(context);
  const [home, source, place] = [join(folder, 'home'), join(folder, 'source'), join(folder, 'place')];
  mkdirSync(join(source, 'deep [1]*?\\'), { recursive: true });
  mkdirSync(place);
  for (let number = 0; number < 12; number += 1)
    writeFileSync(join(source, `file-${number}.conf`), `value = ${number}\n`.repeat(number * 50));
  writeFileSync(join(source, 'deep [1]*?\\', '!odd #name é.bin'), Buffer.alloc(3_000_000, 'orbit'));
  const masterFile = join(folder, 'master');
  writeFileSync(masterFile, drillMasterPassword, { mode: 0o600 });
  const clock = fixedClock(new Date('2026-11-23T00:00:00Z'));
  const opened = openApp(home, clock);
  context.after(() => opened.close());
  const events: OrbitEvent[] = [];
  const app: App = { ...opened, tell: (event) => void events.push(event) };
  await startCeremony({ ...app, workFactor: 10 }, { masterPassword: new SecretString(drillMasterPassword) });
  const local = addDestination(
    app.store,
    app.instanceKey,
    { name: 'local', kind: 'folder', config: { path: place } },
    clock,
  );
  await prepareDestination(app, local);
  for (const name of ['secrets', 'system'])
    saveJob(app.store, { ...findJob(app.store, name), destinations: ['local'] });
  const system = findJob(app.store, 'system');
  if (system.kind === 'system')
    saveJob(app.store, { ...system, plan: { folders: [source], excludes: [], commands: [] } });
  for (const title of ['core switch', 'web-01'])
    app.vault.add({ type: 'login', title, username: 'admin', password: new SecretString(`pw of ${title}`) });
  const backUp: DrillInstance['backUp'] = async (...jobs) => {
    for (const job of jobs) {
      clock.advance(60_000);
      const run = await runJob(app, findJob(app.store, job), { startedBy: 'person' });
      if (run.outcome !== 'succeeded') throw new Error(JSON.stringify(run));
    }
  };
  return { app, folder, home, source, place, masterFile, clock, events, backUp };
}
