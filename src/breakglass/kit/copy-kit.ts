// Copies a finished kit from one destination to another, byte for byte: nobody here can open it, but it is sealed to the same
// people wherever it lies, and its signed manifest says of every byte whether it arrived.
import type { Backend } from '../../backends/backend.ts';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { together } from '../../base/together.ts';
import { destinationKitFiles } from './kit-files.ts';
import { checkFile, manifestName, readManifest, requireManifest, signatureName } from './manifest.ts';
import { listKits } from './store-kit.ts';
import { type KitProof, renewProof } from './verify-kit.ts';

const filesAtOnce = 8;

/**
 * Copies the kit `name`, its manifest last, and reads back what arrived. A kit that is there already is only proved.
 * @throws Failure `breakglass.missing-file`, `breakglass.damaged-file`, `breakglass.bad-manifest`, `breakglass.bad-signature`,
 *   and what the places throw
 */
export async function copyKit(
  from: Backend,
  to: Backend,
  name: string,
  options: Operation & { manifestSha256: string },
): Promise<KitProof> {
  const { signal } = options;
  const operation = signal === undefined ? {} : { signal };
  const { finished } = await listKits(to, operation);
  if (!finished.includes(name)) {
    const files = destinationKitFiles(from, name);
    const manifestBytes = await files.load(manifestName);
    const signature = await files.load(signatureName);
    const manifest = readManifest(files.location, manifestBytes, signature);
    // Before anything of it arrives: a kit that was put in its place there must not be carried on to a good place.
    requireManifest(files.location, manifestBytes, options.manifestSha256);
    const save = async (file: string, bytes: Buffer): Promise<void> => {
      signal?.throwIfAborted();
      try {
        await to.save(`secrets/${name}/${file}`, bytes, { ...operation, isReadBackByCaller: true });
      } catch (error) {
        // An interrupted copy has left it; the proof below reads it as well.
        if (!isFailure(error, 'backend.key-exists')) throw error;
      }
    };
    await together(manifest.files, filesAtOnce, async (file) => {
      const bytes = await files.load(file.name, file.bytes);
      checkFile(files.location, file, bytes);
      await save(file.name, bytes);
    });
    await save(signatureName, signature);
    await save(manifestName, manifestBytes);
  }
  return await renewProof(to, name, { ...operation, manifestSha256: options.manifestSha256 });
}
