// How addresses of the API name a copy of a backup and a path in it.
import { unquote } from '../engine/format/go-text.ts';
import type { CopyName } from '../jobs/open-copies.ts';
import { badRequest } from './problem.ts';

/** Where a copy lies in the API. */
export const copyPath = '/copies/{destination}/{kind}';

/** Where a snapshot of it lies. */
export const snapshotPath = `${copyPath}/snapshots/{snapshot}`;

/** The copy that an address names. */
export function copyOf({ destination = '', kind }: Record<string, string>): CopyName {
  if (kind === 'system' || kind === 'recordings') return { destination, kind };
  throw badRequest(`'${kind}' is no kind of backup that can be looked into; there are system and recordings`);
}

/** The raw path that Go-quoted text stands for, without a slash at its end but for the top. */
export function rawPath(text: string): Buffer {
  const path = unquote(text);
  if (path?.[0] === 0x2f && !path.includes(0)) return path.length === 1 ? path : trimSlash(path);
  throw badRequest('the path must begin with a slash, written as the entries of a folder show it');
}

function trimSlash(path: Buffer): Buffer {
  return path.at(-1) === 0x2f ? path.subarray(0, -1) : path;
}
