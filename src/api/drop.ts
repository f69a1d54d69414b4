// What would be accepted with a sudden drop: the secrets that the last good run read and that their source does not name now.
import { isFailure } from '../base/failure.ts';
import { lastCensus } from '../jobs/census.ts';
import type { JobOf } from '../jobs/job.ts';
import { openSecretSource } from '../sources/secrets/kinds.ts';
import { readSecretItems } from '../reports/secret-items.ts';
import type { DropView } from './schemas/jobs.ts';
import type { ApiSite } from './site.ts';

const titlesShown = 200;

/** Asks each source what it holds; reads no secret. Sources of which nothing is gone are left out. */
export async function readDrop(site: ApiSite, job: JobOf<'secrets'>): Promise<DropView> {
  const sources: DropView['sources'] = [];
  for (const { name, kind, config } of job.plan.sources) {
    const previous = lastCensus(site.store, job.name, name) ?? [];
    const asked = { source: name, before: previous.length, now: 0, gone: 0, titles: [] };
    try {
      const source = await openSecretSource(kind, config, site);
      try {
        const held = new Set((await source.census({})).ids);
        const gone = previous.filter((id) => !held.has(id));
        if (gone.length === 0) continue;
        sources.push({
          ...asked,
          now: held.size,
          gone: gone.length,
          titles: await titlesOf(site, job.name, name, gone),
        });
      } finally {
        await source.close();
      }
    } catch (error) {
      if (!isFailure(error)) throw error;
      sources.push({ ...asked, failure: error.toJSON() });
    }
  }
  return { sources };
}

async function titlesOf(site: ApiSite, job: string, source: string, ids: string[]): Promise<string[]> {
  const wanted = new Set(ids);
  const items = await readSecretItems(site);
  return items
    .filter((item) => item.job === job && item.source === source && wanted.has(item.id))
    .slice(0, titlesShown)
    .map(({ title }) => title);
}
