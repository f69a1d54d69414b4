// Looking into backups like into folders, taking files out of them, and restoring to a place of this machine.
import { requireApproval } from '../../accounts/approval.ts';
import { findEntry, findFolder, loadTree, type SnapshotEntry } from '../../engine/browse/entries.ts';
import { archiveEntries } from '../../engine/archive/archive-entry.ts';
import { tarStream } from '../../engine/archive/tar.ts';
import { zipStream } from '../../engine/archive/zip.ts';
import { fileSize, readFile } from '../../engine/browse/file-content.ts';
import { type EntryVersion, searchSnapshots, versionsOf } from '../../engine/browse/search.ts';
import { permissionBits } from '../../engine/format/file-mode.ts';
import { quote, unquote } from '../../engine/format/go-text.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { TreeNode } from '../../engine/format/tree.ts';
import type { BlobId } from '../../engine/ids.ts';
import { adoptRepository } from '../../jobs/adopt-repository.ts';
import { toldWhenRefused } from '../../breakglass/custody-events.ts';
import { type CopyName, knownCopies, type OpenCopy, snapshotOf } from '../../jobs/open-copies.ts';
import type { RestoreState } from '../../jobs/restore-desk.ts';
import { streamOut } from '../locked-stream.ts';
import { badRequest } from '../problem.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/restore.ts';
import { requireRight } from '../recording-rights.ts';
import type { ApiSite, Caller } from '../site.ts';
import { guessing, openedBy, partsSent } from '../opening.ts';
import { tellChange } from '../tell-change.ts';

const copyPath = '/copies/{destination}/{kind}';
const snapshotPath = `${copyPath}/snapshots/{snapshot}`;
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
    handle({ site, caller, body }) {
      if (!body.isPlan) requireTakingOut(site, caller, body, body.path);
      const state = site.restores.start({ ...body, path: rawPath(body.path) }, caller.name);
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

/** Files out of backups. */
export const restoreDownloads: DownloadSpec[] = [
  download({
    path: `${snapshotPath}/file`,
    allow: 'backups:browse',
    summary: 'One file of a snapshot',
    query: schemas.pathQuery,
    subject: ({ path }) => path,
    send: ({ site, params, query, caller, signal }) => {
      requireTakingOut(site, caller, params, query.path);
      return takeOut(site, params, query.path, signal, ({ indexed, entry }, inner) => {
        const size = fileSize(indexed, entry.node);
        tellTaken(site, caller, params, query.path);
        const content = readFile(indexed, entry.node, {}, { signal: inner });
        return { name: entry.node.name.toString('utf8'), type: 'application/octet-stream', size, content };
      });
    },
  }),
  download({
    path: `${snapshotPath}/archive`,
    allow: 'backups:browse',
    summary: 'A folder of a snapshot, with all below it, as a tar or zip file',
    query: schemas.archiveQuery,
    subject: ({ path }) => path,
    send: ({ site, params, query, caller, signal }) => {
      requireTakingOut(site, caller, params, query.path);
      return takeOut(site, params, query.path, signal, ({ indexed, entry }, inner) => {
        tellTaken(site, caller, params, query.path);
        const entries = archiveEntries(indexed, entry, { signal: inner });
        const name = `${entry.node.name.toString('utf8')}.${query.format}`;
        return query.format === 'tar'
          ? { name, type: 'application/x-tar', content: tarStream(entries) }
          : { name, type: 'application/zip', content: zipStream(entries) };
      });
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

type Opened = { indexed: Parameters<typeof readFile>[0] & Parameters<typeof loadTree>[0]; entry: SnapshotEntry };

function takeOut(
  site: ApiSite,
  params: Record<string, string>,
  path: string,
  signal: AbortSignal,
  make: Parameters<typeof streamOut<Opened>>[2],
) {
  const open = (work: (opened: Opened, inner: AbortSignal) => Promise<void>): Promise<void> =>
    site.copies.useLocked(
      copyOf(params),
      async (copy, inner) => {
        const snapshot = snapshotOf(copy, params['snapshot'] ?? '');
        const entry = await findEntry(copy.indexed, snapshot, rawPath(path), { signal: inner });
        await work({ indexed: copy.indexed, entry: entry ?? wholeSnapshot(snapshot) }, inner);
      },
      { signal },
    );
  return streamOut(open, signal, make);
}

// The top of a snapshot has no entry; as an archive it is a folder named after the snapshot.
function wholeSnapshot({ id, tree, time }: NamedSnapshot): SnapshotEntry {
  const name = Buffer.from(`snapshot-${id.slice(0, 8)}`);
  const mtime = { ns: BigInt(Date.parse(time)) * 1_000_000n, offsetMinutes: 0 };
  const node = { name, type: 'dir', mode: 0o755, mtime, uid: 0, gid: 0, subtree: tree, content: null, size: 0n };
  return { path: Buffer.from('/'), node: node as unknown as TreeNode };
}

// What lies in a copy of recordings is a recording: who may not export one does not get it this way either.
function requireTakingOut(
  site: ApiSite,
  caller: Caller,
  { destination, kind, snapshot }: { destination?: string; kind?: string; snapshot?: string },
  path: string,
): void {
  if (kind !== 'recordings') return;
  requireRight(caller, 'export');
  const subject = `${path} (${snapshot?.slice(0, 8)} at ${destination})`.slice(0, 1000);
  const by = { user: caller.name, role: caller.role };
  requireApproval(site, { action: 'recording.view', subject, detail: 'taken out of a backup' }, by);
}

function tellTaken(site: ApiSite, caller: Caller, params: Record<string, string>, path: string): void {
  const { destination, kind, snapshot } = params;
  const what = `${kind} at ${destination}, ${snapshot?.slice(0, 8)}, ${path}`;
  tellChange(site, caller, 'taken out of a backup', what.slice(0, 1000));
}

function copyOf({ destination = '', kind }: Record<string, string>): CopyName {
  if (kind === 'system' || kind === 'recordings') return { destination, kind };
  throw badRequest(`'${kind}' is no kind of backup that can be looked into; there are system and recordings`);
}

function rawPath(text: string): Buffer {
  const path = unquote(text);
  if (path?.[0] === 0x2f && !path.includes(0)) return path.length === 1 ? path : trimSlash(path);
  throw badRequest('the path must begin with a slash, written as the entries of a folder show it');
}

function trimSlash(path: Buffer): Buffer {
  return path.at(-1) === 0x2f ? path.subarray(0, -1) : path;
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

function snapshotView({ id, time, hostname, paths, tags, original, summary }: NamedSnapshot): schemas.SnapshotView {
  return {
    id,
    at: new Date(time).toISOString(),
    host: hostname ?? '',
    paths,
    tags: tags ?? [],
    ...(original === undefined ? {} : { original }),
    ...(summary === undefined
      ? {}
      : {
          files: summary.total_files_processed,
          bytes: summary.total_bytes_processed,
          newBytes: summary.data_added,
        }),
  };
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
