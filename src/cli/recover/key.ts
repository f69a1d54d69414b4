// The recovery key on a bare machine: from the master password, from custodians' shares, or from a file.
import type { Backend } from '../../backends/backend.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { ageFileBytesMax } from '../../breakglass/age-files.ts';
import { identityFromSecretBytes, type RecoveryIdentity, unwrapByPassword } from '../../breakglass/recovery-key.ts';
import { combineShares } from '../../breakglass/shares/combine-shares.ts';
import { ask, canAsk } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { identityOf, type OpeningOptions } from '../kit-opening.ts';
import { clearScreen, readSecret } from '../prompt.ts';
import { askForShares } from '../share-words.ts';

const wrappedName = 'recovery-key.age';
const passwordTriesMax = 3;

/** The key, by what the options give, else by asking. The caller wipes it. @throws Failure `breakglass.*`, `recovery.no-wrapped-key` */
export async function recoveryIdentity(
  context: CliContext,
  backend: Backend,
  options: OpeningOptions,
): Promise<RecoveryIdentity> {
  const given = await identityOf(context, options);
  if (given !== undefined) return given;
  if (options.masterPasswordFile === undefined && canAsk(context) && (await wantsShares(context)))
    return await fromTypedShares(context);
  const wrapped = await load(backend);
  return await fromPassword(context, wrapped, options.masterPasswordFile);
}

async function wantsShares(context: CliContext): Promise<boolean> {
  for (;;) {
    const answer = await ask(context, 'Open with the master password (Enter) or with custodians’ shares (s)? ');
    if (answer === '') return false;
    if (/^(s|shares?|partes?)$/i.test(answer)) return true;
    // Who is in a hurry types the password here: it must not stay on the screen.
    context.stderr.write(`${clearScreen}That was neither. A password is asked for after Enter, and is not shown.\n`);
  }
}

async function fromTypedShares(context: CliContext): Promise<RecoveryIdentity> {
  return identityFromSecretBytes(Buffer.from(await combineShares(await askForShares(context))));
}

// At a terminal a slip of the finger is mended by typing again; what comes from a file is wrong for good.
async function fromPassword(context: CliContext, wrapped: Buffer, file: string | undefined): Promise<RecoveryIdentity> {
  for (let tries = 1; ; tries += 1) {
    const password = await readSecret(context, 'Master password: ', { file });
    try {
      return (await unwrapByPassword(wrapped, password)).identity;
    } catch (error) {
      const canTryAgain = file === undefined && canAsk(context) && tries < passwordTriesMax;
      if (!canTryAgain || !isFailure(error, 'breakglass.wrong-password')) throw error;
      context.stderr.write(`${error.message}. Try again.\n`);
    }
  }
}

async function load(backend: Backend): Promise<Buffer> {
  try {
    return await backend.load(wrappedName, undefined, { maxBytes: ageFileBytesMax });
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
    throw new Failure('recovery.no-wrapped-key', {
      message: `there is no ${wrappedName} at ${backend.location}: no master password opens what lies there`,
      hint: 'Give custodians’ shares (--share-file), or the recovery key itself (--identity-file).',
      cause: error,
    });
  }
}
