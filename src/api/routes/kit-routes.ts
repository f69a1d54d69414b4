// Kits: the list, what a kit's manifest says, how two differ, the page that opens one; and how each secret is protected.
import type { z } from 'zod';
import { diffClosedKits } from '../../breakglass/kit/diff-kits.ts';
import { destinationKitFiles, type KitFiles, loadCheckedFile } from '../../breakglass/kit/kit-files.ts';
import { allKits, type RememberedKit } from '../../breakglass/kit/kit-history.ts';
import { readKitManifest } from '../../breakglass/kit/verify-kit.ts';
import { findDestination, listDestinations, locationOf } from '../../destinations/destination.ts';
import { Failure } from '../../base/failure.ts';
import { readPasswordPolicy, savePasswordPolicy } from '../../jobs/password-policy.ts';
import { openDestination } from '../../destinations/open.ts';
import { csvDownload } from '../csv.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import * as schemas from '../schemas/kits.ts';
import { countStates, readSecretItems } from '../../reports/secret-items.ts';
import { secretsTable } from '../../reports/tables.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

const kitPath = '/kits/{job}/{destination}/{name}';

/** Routes about kits. */
export const kitRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/kits',
    allow: 'kits:read',
    summary: 'Every kit that was proved at a destination, the newest first',
    answer: schemas.kitList,
    handle: ({ site }) => ({ kits: readKits(site) }),
  }),
  route({
    method: 'GET',
    path: kitPath,
    allow: 'kits:read',
    summary:
      'What the manifest of a kit says, read from the destination now, which must be the one that was written there',
    answer: schemas.kitManifest,
    handle: ({ site, params }) =>
      withKit(site, params, async (files, known) => {
        const {
          kit,
          created,
          records,
          recoveryKey,
          signer,
          sources,
          files: list,
        } = await readKitManifest(files, known);
        const { id: keyId, ways, threshold, shares } = recoveryKey;
        const facts = { kit, createdAt: created, records, keyId, ways, threshold, shares };
        return { ...facts, signer: signer.fingerprint, sources, files: list };
      }),
  }),
  route({
    method: 'GET',
    path: `${kitPath}/difference`,
    allow: 'kits:read',
    summary: 'How many secrets came, went and changed since another kit of the same place, without opening either',
    query: schemas.differenceQuery,
    answer: schemas.kitDifference,
    handle: ({ site, params, query }) =>
      withKit(site, params, (after, _known, kitOf) =>
        diffClosedKits(kitOf(findKit(site, params, query.since).name), after),
      ),
  }),
  route({
    method: 'GET',
    path: '/secrets',
    allow: 'kits:read',
    summary: 'How every secret is protected: which kits hold it, and whether they were proved. Never a value',
    query: schemas.secretQuery,
    answer: schemas.secretList,
    async handle({ site, query }) {
      const { state, from, limit } = query;
      const all = await readSecretItems(site);
      const fitting = all.filter(fits(query));
      const wanted = state === undefined ? fitting : fitting.filter((item) => item.state === state);
      return {
        total: wanted.length,
        counts: countStates(fitting),
        sources: [...new Set(all.map((item) => item.source))].sort(),
        items: wanted.slice(from, from + limit),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/settings/password-policy',
    allow: 'kits:read',
    summary: 'What passwords in the vault should be like',
    answer: schemas.passwordPolicyView,
    handle: ({ site }) => readPasswordPolicy(site.store),
  }),
  route({
    method: 'PUT',
    path: '/settings/password-policy',
    allow: 'settings:write',
    summary: 'Change what passwords in the vault should be like; the next backup judges by it',
    body: schemas.passwordPolicyView,
    answer: schemas.passwordPolicyView,
    handle({ site, caller, body }) {
      savePasswordPolicy(site.store, body);
      tellChange(site, caller, 'password policy');
      return readPasswordPolicy(site.store);
    },
  }),
];

/** Downloads about kits. */
export const kitDownloads: DownloadSpec[] = [
  download({
    path: `${kitPath}/open.html`,
    allow: 'kits:download',
    summary: 'The kit in one file, which opens offline in any browser by those who hold the key. It is sealed as it is',
    send: ({ site, params, caller }) =>
      withKit(site, params, async (files, known) => {
        // People type their master password into it.
        const manifest = await readKitManifest(files, known);
        const page = await loadCheckedFile(files, manifest, 'open.html');
        tellChange(site, caller, 'kit downloaded', `${params['name']} at ${params['destination']}`);
        return {
          name: `open-${manifest.kit}.html`,
          type: 'text/html; charset=utf-8',
          size: page.length,
          content: once(page),
        };
      }),
  }),
  download({
    path: '/secrets.csv',
    allow: 'kits:read',
    summary: 'How every secret is protected, as a table',
    query: schemas.secretFilterQuery,
    async send({ site, query }) {
      const { state } = query;
      const fitting = (await readSecretItems(site)).filter(fits(query));
      const items = state === undefined ? fitting : fitting.filter((item) => item.state === state);
      return csvDownload('secrets.csv', secretsTable(items, 'en'));
    },
  }),
];

// All of a question but the state, which is counted beside it.
function fits(query: z.output<typeof schemas.secretFilterQuery>): (item: schemas.SecretItemView) => boolean {
  const { text, source, type, compliance, since, until } = query;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const [from, to] = [since, until].map((at) => (at === undefined ? undefined : new Date(at).toISOString()));
  return (item) => {
    const last = item.copies
      .map(({ provedAt }) => provedAt)
      .toSorted()
      .at(-1);
    return (
      (source === undefined || item.source === source) &&
      (type === undefined || item.type === type) &&
      (compliance === undefined || item.compliance === compliance) &&
      (from === undefined || (last !== undefined && last >= from)) &&
      (to === undefined || (last !== undefined && last < to)) &&
      words.every((word) => textOf(item).includes(word))
    );
  };
}

/** Every kit that was proved, the newest first. */
export function readKits({ store }: ApiSite): schemas.KitView[] {
  const places = new Map(listDestinations(store).map((place) => [place.name, locationOf(place)]));
  return allKits(store).map((kit) => {
    const separator = kit.scope.lastIndexOf('@');
    const destination = kit.scope.slice(separator + 1);
    return {
      job: kit.scope.slice(0, separator),
      destination,
      name: kit.name,
      records: kit.records,
      createdAt: kit.createdAt.toISOString(),
      provedAt: kit.provedAt.toISOString(),
      place: `${(places.get(destination) ?? '…').replace(/\/$/, '')}/secrets/${kit.name}`,
    };
  });
}

// Only names that we know are asked for at a destination.
function findKit(site: ApiSite, { job, destination }: Record<string, string>, name: string): RememberedKit {
  const found = allKits(site.store).find((kit) => kit.scope === `${job}@${destination}` && kit.name === name);
  if (found !== undefined) return found;
  throw new Failure('breakglass.no-such-kit', {
    message: `no kit '${name}' of '${job}' was proved at '${destination}'`,
    hint: 'GET /api/v1/kits lists them; orbit kit list looks at the destination itself.',
  });
}

async function withKit<Result>(
  site: ApiSite,
  params: Record<string, string>,
  work: (files: KitFiles, known: RememberedKit, kitOf: (name: string) => KitFiles) => Promise<Result>,
): Promise<Result> {
  const { destination = '', name = '' } = params;
  const kit = findKit(site, params, name);
  const place = findDestination(site.store, destination);
  if (place.lastProbe?.failure !== undefined && place.state === 'lost') {
    const { code, message, hint } = place.lastProbe.failure;
    throw new Failure(code, { message, ...(hint === undefined ? {} : { hint }) });
  }
  // Read only, and several at once: nothing is written to try the place first.
  const backend = await openDestination(site, place);
  try {
    const kitOf = (wanted: string): KitFiles => destinationKitFiles(backend, wanted);
    return await work(kitOf(kit.name), kit, kitOf);
  } finally {
    await backend.close();
  }
}

function textOf({ title, username, groups, id, source }: schemas.SecretItemView): string {
  return `${title} ${username} ${groups.join('/')} ${id} ${source}`.toLowerCase();
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
