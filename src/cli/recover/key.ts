// The recovery key on a bare machine: from the master password, from custodians' shares, or from a file.
import type { Backend } from '../../backends/backend.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { identityFromSecretBytes, type RecoveryIdentity, unwrapByPassword } from '../../breakglass/recovery-key.ts';
import { combineShares } from '../../breakglass/shares/combine-shares.ts';
import type { Share } from '../../breakglass/shares/share.ts';
import { ask, canAsk } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { identityOf, type OpeningOptions } from '../kit-opening.ts';
import { readSecret } from '../prompt.ts';
import { readTypedShare } from '../share-words.ts';

const wrappedName = 'recovery-key.age';

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
  const password = await readSecret(context, 'Master password: ', { file: options.masterPasswordFile });
  return (await unwrapByPassword(wrapped, password)).identity;
}

async function wantsShares(context: CliContext): Promise<boolean> {
  const answer = await ask(context, 'Open with the master password (Enter) or with custodians’ shares (s)? ');
  return answer.toLowerCase().startsWith('s');
}

// Each share tells how many are needed. What was typed is cleared from the screen before the next one is asked for.
async function fromTypedShares(context: CliContext): Promise<RecoveryIdentity> {
  const shares: Share[] = [];
  while (shares.length < (shares[0]?.threshold ?? 1)) {
    const needed = shares[0] === undefined ? '' : ` of ${shares[0].threshold}`;
    shares.push(await readTypedShare(context, `Share ${shares.length + 1}${needed}:`));
  }
  return identityFromSecretBytes(Buffer.from(await combineShares(shares)));
}

async function load(backend: Backend): Promise<Buffer> {
  try {
    return await backend.load(wrappedName);
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
    throw new Failure('recovery.no-wrapped-key', {
      message: `there is no ${wrappedName} at ${backend.location}: no master password opens what lies there`,
      hint: 'Give custodians’ shares (--share-file), or the recovery key itself (--identity-file).',
      cause: error,
    });
  }
}
