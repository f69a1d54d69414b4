// Opens one envelope of a kit: its key file with one of these identities, then its database.
import { readKdbx } from '../../kdbx/kdbx.ts';
import { openWithIdentities } from '../age-files.ts';
import type { TellingIdentity } from '../age-keys.ts';
import { envelopeKdbxName, envelopeKeyName } from '../envelope.ts';
import { type KitFiles, loadCheckedFile } from './kit-files.ts';
import type { KitManifest } from './manifest.ts';

/** Checks both files against the manifest and opens them. @throws Failure `breakglass.wrong-key`, `breakglass.damaged-file`, `breakglass.missing-file`. */
export async function openEnvelope(
  files: KitFiles,
  manifest: KitManifest,
  id: string,
  identities: TellingIdentity[],
): Promise<{ keyFile: Buffer; database: Awaited<ReturnType<typeof readKdbx>> }> {
  const load = (name: string): Promise<Buffer> => loadCheckedFile(files, manifest, name);
  const keyName = envelopeKeyName(id);
  const keyFile = await openWithIdentities(keyName, await load(keyName), identities);
  return { keyFile, database: await readKdbx(await load(envelopeKdbxName(id)), { keyFile }) };
}
