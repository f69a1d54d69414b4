// Opens one envelope of a kit: its key file with one of these identities, then its database.
import { readKdbx } from '../../kdbx/kdbx.ts';
import { openWithIdentities } from '../age-files.ts';
import type { TellingIdentity } from '../age-keys.ts';
import { envelopeKdbxName, envelopeKeyName } from '../envelope.ts';
import type { KitFiles } from './kit-files.ts';
import { checkFile, type KitManifest } from './manifest.ts';

/** Checks both files against the manifest and opens them. @throws Failure `breakglass.wrong-key`, `breakglass.damaged-file`, `breakglass.missing-file`. */
export async function openEnvelope(
  files: KitFiles,
  manifest: KitManifest,
  id: string,
  identities: TellingIdentity[],
): Promise<{ keyFile: Buffer; database: Awaited<ReturnType<typeof readKdbx>> }> {
  const load = async (name: string): Promise<Buffer> => {
    const promised = manifest.files.find((file) => file.name === name) ?? { name, bytes: 0, sha256: '' };
    const bytes = await files.load(name, promised.bytes);
    checkFile(files.location, promised, bytes);
    return bytes;
  };
  const keyName = envelopeKeyName(id);
  const keyFile = await openWithIdentities(keyName, await load(keyName), identities);
  return { keyFile, database: await readKdbx(await load(envelopeKdbxName(id)), { keyFile }) };
}
