// Looking into backups like into folders, and restoring to a place of this machine.
import { findFolder, loadTree } from '../../engine/browse/entries.ts';
import { type EntryVersion, searchSnapshots, versionsOf } from '../../engine/browse/search.ts';
import { permissionBits } from '../../engine/format/file-mode.ts';
import { quote } from '../../engine/format/go-text.ts';
import type { TreeNode } from '../../engine/format/tree.ts';
import type { BlobId } from '../../engine/ids.ts';
import { adoptRepository } from '../../jobs/adopt-repository.ts';
import { recordTaking } from '../../jobs/recording-taking.ts';
import { toldWhenRefused } from '../../breakglass/custody-events.ts';
import { knownCopies, type OpenCopy, snapshotOf } from '../../jobs/open-copies.ts';
import type { RestoreState } from '../../jobs/restore-desk.ts';
import { copyOf, copyPath, rawPath, snapshotPath } from '../copy-paths.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/restore.ts';
import { permittedTaking } from '../recording-rights.ts';
import { guessing, openedBy, partsSent } from '../opening.ts';
import { snapshotView } from '../snapshot-view.ts';
import { tellChange } from '../tell-change.ts';

const searchMs = 20_000;

/** Routes about what lies in backups. */
export const restoreRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/copies',
    allow: 'backups:read',
    summary: 'The system and recordings backups that can be looked into',
    answer: schemas.copies,
    handle: ({ site }) => ({ copies: knownCopies(site) }),
  }),
  route({
    method: 'POST',
    path: `${copyPath}/adoption`,
    allow: 'restores:run',
    summary:
      'Open a backup that another Orbit made, by the recovery key of that one; its password is kept, nothing is written there',
    body: schemas.adoption,
    answer: schemas.adopted,
    handle: ({ site, caller, params, request, body: { opening } }) =>
      guessing(site, request, async () => {
        const copy = copyOf(params);
        const actor = { user: caller.name, role: caller.role, method: request.method, address: request.ip };
        const found = await toldWhenRefused(
          site,
          actor,
          async () => adoptRepository(site, copy, await openedBy(opening)),
          partsSent(opening),
        );
        tellChange(site, caller, 'backup of another Orbit opened', `${copy.kind} at ${copy.destination}`);
        return found;
      }),
  }),
  route({
    method: 'GET',
    path: `${copyPath}/snapshots`,
    allow: 'backups:read',
    summary: 'The snapshots of a copy, the newest first',
    answer: schemas.snapshotList,
    handle: ({ site, params }) =>
      site.copies.use(
        copyOf(params),
        ({ snapshots }) => Promise.resolve({ snapshots: snapshots.map(snapshotView).reverse() }),
        { isFresh: true },
      ),
  }),
  route({
    method: 'GET',
    path: `${snapshotPath}/entries`,
    allow: 'backups:browse',
    summary: 'What lies in a folder of a snapshot',
    query: schemas.entriesQuery,
    answer: schemas.entryList,
    handle: ({ site, params, query }) =>
      site.copies.use(copyOf(params), async (open) => {
        const path = rawPath(query.path);
        const tree = await findFolder(open.indexed, snapshotOf(open, params['snapshot'] ?? ''), path);
        const nodes = await sortedNodes(open, tree);
        const folder = path.length === 1 ? Buffer.alloc(0) : path;
        return {
          path: quote(path),
          total: nodes.length,
          entries: nodes
            .slice(query.from, query.from + query.limit)
            .map((node) => entryView(Buffer.concat([folder, Buffer.from('/'), node.name]), node)),
        };
      }),
  }),
  route({
    method: 'GET',
    path: `${copyPath}/search`,
    allow: 'backups:browse',
    summary: 'Search all snapshots of a copy by name; each path with its versions',
    query: schemas.searchQuery,
    answer: schemas.foundPaths,
    handle: ({ site, params, query }) =>
      site.copies.use(
        copyOf(params),
        async ({ indexed, snapshots }) => {
          const bounds = { limit: query.limit, timeMs: searchMs };
          const { found, isComplete } = await searchSnapshots(indexed, snapshots, nameMatcher(query.name), bounds);
          const views = found.map(({ path, versions }) => ({
            path: quote(path),
            versions: versions.map((version) => versionView(path, version)),
          }));
          return { found: views, isComplete };
        },
        { isFresh: true },
      ),
  }),
  route({
    method: 'GET',
    path: `${copyPath}/versions`,
    allow: 'backups:browse',
    summary: 'The states of one path over all snapshots',
    query: schemas.pathQuery,
    answer: schemas.entryVersions,
    handle: ({ site, params, query }) =>
      site.copies.use(copyOf(params), async ({ indexed, snapshots }) => {
        const path = rawPath(query.path);
        const versions = await versionsOf(indexed, snapshots, path);
        return { versions: versions.map((version) => versionView(path, version)) };
      }),
  }),
  route({
    method: 'POST',
    path: '/restores',
    allow: 'restores:run',
    summary: 'Restore to a place of this machine, or say what that would do',
    body: schemas.restoreOrder,
    answer: schemas.restoreView,
    handle({ site, caller, body, request }) {
      const path = rawPath(body.path);
      const taking = body.isPlan ? undefined : permittedTaking(site, personOf(caller, request), body, caller);
      if (taking !== undefined) recordTaking(site, taking, { path: path.length === 1 ? '' : path.toString('latin1') });
      const state = site.restores.start({ ...body, path }, caller.name);
      const { destination, kind, snapshot } = state.order;
      if (!body.isPlan) {
        const what = `${kind} at ${destination}, ${snapshot}, ${state.order.path} to ${state.target}`;
        tellChange(site, caller, 'restore started', what.slice(0, 1000));
      }
      return restoreView(state);
    },
  }),
  route({
    method: 'GET',
    path: '/restores',
    allow: 'restores:read',
    summary: 'Restores since the service was started, the newest first',
    answer: schemas.restoreList,
    handle: ({ site }) => ({ restores: site.restores.list().map(restoreView) }),
  }),
  route({
    method: 'GET',
    path: '/restores/{id}',
    allow: 'restores:read',
    summary: 'How a restore, or its plan, is',
    answer: schemas.restoreView,
    handle: ({ site, params }) => restoreView(site.restores.find(params['id'] ?? '')),
  }),
  route({
    method: 'POST',
    path: '/restores/{id}/cancel',
    allow: 'restores:run',
    summary: 'Stop a restore as soon as it can; what was written stays',
    answer: nothing,
    handle({ site, params }) {
      site.restores.cancel(params['id'] ?? '');
      return {};
    },
  }),
];

// A very large folder is scrolled through page by page: its list is read and sorted once.
const lastFolder = new WeakMap<OpenCopy, { tree: BlobId; nodes: TreeNode[] }>();

async function sortedNodes(open: OpenCopy, tree: BlobId): Promise<TreeNode[]> {
  const last = lastFolder.get(open);
  if (last?.tree === tree) return last.nodes;
  const nodes = (await loadTree(open.indexed, tree)).sort(foldersFirst);
  lastFolder.set(open, { tree, nodes });
  return nodes;
}

/** A part of the name in any case; with `*` or `?` in it, the whole name. */
function nameMatcher(text: string): (name: string) => boolean {
  const wanted = text.toLowerCase();
  if (!/[*?]/.test(text)) return (name) => name.toLowerCase().includes(wanted);
  return (name) => matches(wanted, name.toLowerCase());
}

// Goes back to the last star only, so that no pattern takes more than length × length steps.
function matches(pattern: string, name: string): boolean {
  let [p, n, star, retry] = [0, 0, -1, 0];
  while (n < name.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n]) && pattern[p] !== '*') {
      p += 1;
      n += 1;
    } else if (pattern[p] === '*') {
      star = p;
      retry = n;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      retry += 1;
      n = retry;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

function foldersFirst(a: TreeNode, b: TreeNode): number {
  return Number(b.type === 'dir') - Number(a.type === 'dir') || Buffer.compare(a.name, b.name);
}

function entryView(path: Buffer, node: TreeNode): schemas.EntryView {
  const ms = Number(node.mtime.ns / 1_000_000n);
  return {
    name: quote(node.name),
    path: quote(path),
    type: node.type,
    size: Number(node.size),
    changedAt: new Date(Math.abs(ms) < 8.64e15 ? ms : 0).toISOString(),
    mode: permissionBits(node.mode),
    owner: node.user || String(node.uid),
    group: node.group || String(node.gid),
    ...(node.linkTarget === undefined ? {} : { linkTarget: quote(node.linkTarget) }),
  };
}

function versionView(path: Buffer, { node, snapshots }: EntryVersion) {
  return {
    entry: entryView(path, node),
    snapshots: snapshots.map(({ id, time }) => ({ id, at: new Date(time).toISOString() })),
  };
}

function restoreView({ result, ...state }: RestoreState): schemas.RestoreView {
  const notSet = Object.values(result?.notSet ?? {}).reduce((sum, count) => sum + count, 0);
  return { ...state, ...(notSet === 0 ? {} : { notSet }) };
}
