// Opens the destination a backup lies at, on a machine that has nothing but Orbit.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../../backends/backend.ts';
import type { BackendKind } from '../../backends/kinds/kind.ts';
import { retryingBackend } from '../../backends/retrying.ts';
import { hostKeyFrom } from '../../backends/ssh/host-key.ts';
import { createSshKeyPair, type SshKeyPair, sshKeyPairFrom } from '../../backends/ssh/key-pair.ts';
import { Failure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';
import { parseConfig } from '../../destinations/destination.ts';
import { ask, canAsk } from '../ask.ts';
import { confirmedHostKey } from '../confirmed-host-key.ts';
import type { CliContext } from '../context.ts';
import { configFromFlags } from '../config-flags.ts';
import { usageFailure } from '../usage.ts';

/** How the place is named: the flags of its kind, and for SSH the server's fingerprint and a key. */
export interface PlaceOptions extends Record<string, unknown> {
  hostKey?: string;
  sshKeyFile?: string;
}

/** Opens it for reading, does the work, closes it. @throws Failure `destinations.*`, `backend.*`, `recovery.*` */
export async function withPlace<Result>(
  context: CliContext,
  kind: BackendKind,
  options: PlaceOptions,
  work: (backend: Backend) => Promise<Result>,
): Promise<Result> {
  const settings = parseConfig(kind, await configFromFlags(context, kind.config, options));
  const server = kind.sshServer?.(settings);
  const spoolFolder = mkdtempSync(join(tmpdir(), 'orbit-recover-'));
  try {
    const ssh = server === undefined ? undefined : await sshKeyOf(context, options);
    const hostKey =
      server === undefined ? {} : { hostKey: hostKeyFrom(await confirmedHostKey(context, server, options.hostKey)) };
    const bare = await kind.open(settings, {
      spoolFolder,
      sshKey: () => ssh ?? missingKey(),
      ...hostKey,
      signal: context.signal,
    });
    const backend = retryingBackend(bare);
    try {
      return await work(backend);
    } finally {
      await backend.close();
    }
  } finally {
    rmSync(spoolFolder, { recursive: true, force: true });
  }
}

// The old machine's key is gone with it. A new one is made, and whoever keeps the server lets it in.
async function sshKeyOf(context: CliContext, { sshKeyFile }: PlaceOptions): Promise<SshKeyPair> {
  if (sshKeyFile === undefined) return missingKey();
  if (existsSync(sshKeyFile)) return readKey(sshKeyFile);
  const pair = await createSshKeyPair('ed25519', `orbit-recover@${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}`);
  writeFileSync(sshKeyFile, pair.privateKey.reveal(), { mode: 0o600, flag: 'wx' });
  const line = `restrict ${pair.publicLine}`;
  if (!canAsk(context)) {
    throw new Failure('recovery.key-to-authorize', {
      message: `a new SSH key was made in ${sshKeyFile}; the server does not know it yet`,
      hint: `Put this line into authorized_keys of the account there, then run the same command again: ${line}`,
    });
  }
  context.stderr.write(
    `A new SSH key was made in ${sshKeyFile}. Put this line into authorized_keys of the account there:\n\n${line}\n\n`,
  );
  await ask(context, 'Press Enter when that is done. ');
  return pair;
}

function readKey(file: string): SshKeyPair {
  try {
    return sshKeyPairFrom(new SecretString(readFileSync(file, 'utf8')), 'orbit-recover');
  } catch (error) {
    throw new Failure('recovery.bad-ssh-key', {
      message: `${file} is no private key that can be used: PKCS #8 in PEM, Ed25519 or RSA, without a passphrase`,
      hint: 'A key of OpenSSH is turned into that by: ssh-keygen -p -m PKCS8 -f COPY-OF-THE-KEY. Or name a new file: a key is made.',
      cause: error,
    });
  }
}

function missingKey(): never {
  throw usageFailure(
    'this destination is reached by SSH, and no key was given',
    'Add --ssh-key-file FILE. A file that does not exist yet is made, and the line for the server is shown.',
  );
}
