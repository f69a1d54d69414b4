// What changed between two kits: counts by keyed digests without opening either, titles when both are open. Never a value.
import { randomBytes } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { secretPath } from './find-secrets.ts';
import { type KitFiles, loadCheckedFile } from './kit-files.ts';
import type { OpenKit } from './open-kit.ts';
import { compareDigests, type DigestDifference, digestKeyOf, recordDigest } from './record-digest.ts';
import { readKitManifest } from './verify-kit.ts';

/** What changed, by name. Paths are `Group/Title`. */
export interface OpenDifference {
  added: string[];
  removed: string[];
  changed: string[];
  /** Expired between the two kits, or expired and new. */
  expired: string[];
  unchanged: number;
}

/**
 * Compares two kits of one Orbit by `records.digests`.
 * @throws Failure `breakglass.not-comparable` when their digests were made with different keys.
 */
export async function diffClosedKits(before: KitFiles, after: KitFiles): Promise<DigestDifference> {
  const [earlier, later] = [await loadDigests(before), await loadDigests(after)];
  if (earlier.key !== later.key) {
    throw new Failure('breakglass.not-comparable', {
      message: `${before.location} and ${after.location} were made by two Orbits; their digests cannot be compared`,
      hint: 'Open both: orbit kit diff A B --open',
    });
  }
  return compareDigests(earlier.digests, later.digests);
}

/** Compares two opened kits by source and id. */
export function diffOpenKits(before: OpenKit, after: OpenKit): OpenDifference {
  const key = digestKeyOf(randomBytes(32));
  const idBytes = 16;
  const earlier = new Map<string, { path: string; content: string }>();
  for (const secret of before.secrets) {
    const digest = recordDigest(key, secret.sourceId, secret.record).toString('hex');
    earlier.set(digest.slice(0, 2 * idBytes), { path: secretPath(secret), content: digest });
  }
  const difference: OpenDifference = { added: [], removed: [], changed: [], expired: [], unchanged: 0 };
  const [from, to] = [Date.parse(before.manifest.created), Date.parse(after.manifest.created)];
  for (const secret of after.secrets) {
    const digest = recordDigest(key, secret.sourceId, secret.record).toString('hex');
    const known = earlier.get(digest.slice(0, 2 * idBytes));
    earlier.delete(digest.slice(0, 2 * idBytes));
    if (known === undefined) difference.added.push(secretPath(secret));
    else if (known.content === digest) difference.unchanged += 1;
    else difference.changed.push(secretPath(secret));
    const expiry = secret.record.expiresAt?.getTime();
    if (expiry !== undefined && expiry <= to && (expiry > from || known === undefined)) {
      difference.expired.push(secretPath(secret));
    }
  }
  difference.removed = [...earlier.values()].map((gone) => gone.path);
  return difference;
}

/** The digests of a kit, and the id of their key. @throws Failure `breakglass.*` of a kit that is not whole */
export async function loadDigests(files: KitFiles): Promise<{ key: string; digests: Buffer }> {
  const manifest = await readKitManifest(files);
  return { key: manifest.digestKey, digests: await loadCheckedFile(files, manifest, 'records.digests') };
}
