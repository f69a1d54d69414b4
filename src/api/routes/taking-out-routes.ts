// Taking files and folders out of backups. What lies in a copy of recordings is a recording: for it a reason is given, an approval
// is asked for where that is switched on, and both are written down before the first byte.
import type { FastifyRequest } from 'fastify';
import { findEntry, type loadTree, type SnapshotEntry } from '../../engine/browse/entries.ts';
import { archiveEntries } from '../../engine/archive/archive-entry.ts';
import { tarStream } from '../../engine/archive/tar.ts';
import { zipStream } from '../../engine/archive/zip.ts';
import { fileSize, readFile } from '../../engine/browse/file-content.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { TreeNode } from '../../engine/format/tree.ts';
import { snapshotOf } from '../../jobs/open-copies.ts';
import { recordTaking, type TakenEntry } from '../../jobs/recording-taking.ts';
import { contentDigest } from '../../recordings/catalogue/snapshot-source.ts';
import { copyOf, rawPath, snapshotPath } from '../copy-paths.ts';
import { streamOut } from '../locked-stream.ts';
import { personOf } from '../person-of.ts';
import { permittedTaking } from '../recording-rights.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/restore.ts';
import type { ApiSite, Caller } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about taking out. */
export const takingOutRoutes: AnyRoute[] = [
  route({
    method: 'POST',
    path: `${snapshotPath}/taking-out`,
    allow: 'backups:browse',
    summary: 'Whether something may be taken out now; of recordings it asks for the approval, where one is needed',
    body: schemas.takingOut,
    answer: nothing,
    subject: subjectOf,
    handle({ site, caller, params, body, request }) {
      permittedTaking(site, personOf(caller, request), { ...params, ...body }, caller);
      return {};
    },
  }),
];

/** Files out of backups. */
export const takingOutDownloads: DownloadSpec[] = [
  download({
    path: `${snapshotPath}/file`,
    allow: 'backups:browse',
    summary: 'One file of a snapshot',
    query: schemas.takingOut,
    subject: subjectOf,
    send: ({ site, params, query, caller, request, signal }) => {
      const tell = permitted(site, params, query, caller, request);
      return takeOut(site, params, query.path, signal, ({ indexed, entry }, inner) => {
        const size = fileSize(indexed, entry.node);
        tell({ content: contentDigest(entry.node) });
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
    subject: subjectOf,
    send: ({ site, params, query, caller, request, signal }) => {
      const tell = permitted(site, params, query, caller, request);
      return takeOut(site, params, query.path, signal, ({ indexed, entry }, inner) => {
        tell({ path: slashless(entry.path) });
        const entries = archiveEntries(indexed, entry, { signal: inner });
        const name = `${entry.node.name.toString('utf8')}.${query.format}`;
        return query.format === 'tar'
          ? { name, type: 'application/x-tar', content: tarStream(entries) }
          : { name, type: 'application/zip', content: zipStream(entries) };
      });
    },
  }),
];

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

/** What writes it down once it is found, and tells it. @throws what `permittedTaking` throws */
function permitted(
  site: ApiSite,
  params: Record<string, string>,
  { path, reason }: { path: string; reason?: string | undefined },
  caller: Caller,
  request: FastifyRequest,
): (entry: TakenEntry) => void {
  const taking = permittedTaking(site, personOf(caller, request), { ...params, path, reason }, caller);
  if (taking !== undefined) return (entry) => recordTaking(site, taking, entry);
  const { destination, kind, snapshot } = params;
  const what = `${kind} at ${destination}, ${snapshot?.slice(0, 8)}, ${path}`;
  return () => tellChange(site, caller, 'taken out of a backup', what.slice(0, 1000));
}

function subjectOf({ path, reason }: { path: string; reason?: string | undefined }): string {
  return reason === undefined ? path : `${path}: ${reason}`;
}

// The top of a snapshot has no path of its own.
function slashless(path: Buffer): string {
  return path.length === 1 ? '' : path.toString('latin1');
}
