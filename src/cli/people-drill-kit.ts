// Which kit people open in a drill: the newest at a destination, fetched as it lies there, or one in a folder.
import type { App } from '../app.ts';
import type { DrillReport } from '../breakglass/drills/drill-report.ts';
import { destinationKitFiles, type KitFiles } from '../breakglass/kit/kit-files.ts';
import { readKitManifest } from '../breakglass/kit/verify-kit.ts';
import { listKits } from '../breakglass/kit/store-kit.ts';
import { Failure } from '../base/failure.ts';
import { findDestination, locationOf } from '../destinations/destination.ts';
import { drillTargets } from '../jobs/drill.ts';
import type { DrillLog } from '../jobs/drill-log.ts';
import { openPlace } from '../jobs/place.ts';
import { ask, canAsk } from './ask.ts';
import type { CliContext } from './context.ts';
import { kitFilesAt } from './kit-opening.ts';
import { usageFailure } from './usage.ts';

/** A kit that was found. */
export interface ChosenKit {
  files: KitFiles;
  close(): Promise<void>;
}

/** Fetches the kit, once the clock runs; `copy` tells which it is. */
export interface KitChoice {
  (log: DrillLog): Promise<ChosenKit>;
  copy: Pick<DrillReport['copy'], 'destination' | 'location'>;
}

/** Lets people choose where the kit comes from. Nothing is fetched before the clock runs. */
export async function chooseKit(
  context: CliContext,
  app: App,
  options: { destination?: string; kit?: string },
): Promise<KitChoice> {
  const { kit: path } = options;
  if (path !== undefined) {
    const fetch = async (log: DrillLog): Promise<ChosenKit> => ({
      files: await atPath(path, log),
      close: async () => {},
    });
    return Object.assign(fetch, { copy: { destination: 'a copy', location: path } });
  }
  const name = options.destination ?? (await askForDestination(context, app));
  const copy = { destination: name, location: locationOf(findDestination(app.store, name)) };
  return Object.assign((log: DrillLog) => atDestination(context, app, name, log), { copy });
}

async function atPath(path: string, log: DrillLog): Promise<KitFiles> {
  return await log.step('newest', async ({ facts }) => {
    const files = await kitFilesAt(path);
    const { kit, records } = await readKitManifest(files);
    log.copy.name = kit;
    Object.assign(facts, { kit, secrets: records });
    return files;
  });
}

async function atDestination(context: CliContext, app: App, name: string, log: DrillLog): Promise<ChosenKit> {
  const { signal } = context;
  const place = await log.step('reach', async ({ facts }) => {
    const opened = await openPlace(app, name, { signal });
    facts['location'] = opened.backend.location;
    return opened;
  });
  try {
    const files = await log.step('newest', async ({ facts }) => {
      const [newest] = (await listKits(place.backend, { signal })).finished;
      if (newest === undefined) throw noKitAt(name);
      const found = destinationKitFiles(place.backend, newest);
      const { kit, records } = await readKitManifest(found);
      log.copy.name = kit;
      Object.assign(facts, { kit, secrets: records });
      return found;
    });
    return { files, close: () => place.close() };
  } catch (error) {
    await place.close();
    throw error;
  }
}

async function askForDestination(context: CliContext, app: App): Promise<string> {
  const names = [...new Set(drillTargets(app.store, { kinds: ['secrets'] }).map(({ destination }) => destination))];
  const [first] = names;
  if (first === undefined) throw usageFailure('no job keeps kits anywhere', 'Name the kit’s folder: --kit PATH');
  if (names.length === 1 || !canAsk(context)) return first;
  context.stderr.write(`Kits are kept at: ${names.join(', ')}\n`);
  return (await ask(context, `Which shall be opened? (Enter for ${first}) `)) || first;
}

function noKitAt(destination: string): Failure {
  return new Failure('drill.kit-missing', {
    message: `there is no finished kit at the destination ${destination}`,
    hint: 'Run a secrets backup first: orbit backup create --kind secrets',
  });
}
