// What opens the recovery key, as it comes in over the API: read, used once, counted when it was wrong.
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isFailure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { OpenedBy } from '../breakglass/ceremony.ts';
import { identityFromSecretBytes } from '../breakglass/recovery-key.ts';
import { combineShares } from '../breakglass/shares/combine-shares.ts';
import { parseShare } from '../breakglass/shares/parse-share.ts';
import type { Share } from '../breakglass/shares/share.ts';
import type * as schemas from './schemas/ceremony.ts';
import type { ApiSite } from './site.ts';

// Guesses of what opens the recovery key are counted under this name, like those of a password.
const guarded = 'the recovery key';

/** The master password, or the words of enough shares. */
export type Opening = z.output<typeof schemas.opening>;

/** Reads it. @throws Failure `breakglass.*` for shares that are wrong or too few */
export async function openedBy(opening: Opening): Promise<OpenedBy> {
  if ('masterPassword' in opening) return { masterPassword: new SecretString(opening.masterPassword) };
  const shares: Share[] = [];
  try {
    for (const [index, words] of opening.shares.entries()) shares.push(parseShare(words, `share ${index + 1}`));
    return { identity: identityFromSecretBytes(Buffer.from(await combineShares(shares))) };
  } finally {
    for (const share of shares) share.value.fill(0);
  }
}

/** How many shares were given, for events. */
export function partsSent(opening: Opening): { partsSent?: number } {
  return 'shares' in opening ? { partsSent: opening.shares.length } : {};
}

/**
 * Does something that tries what opens a recovery key. Whoever stole an administrator's sign-in must not be able to try
 * passwords of it at leisure.
 */
export async function guessing<Result>(
  { limit }: Pick<ApiSite, 'limit'>,
  request: FastifyRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  return await limit.attempt(request.ip, guarded, async () => {
    try {
      return await work();
    } catch (error) {
      if (isFailure(error, 'breakglass.wrong-password')) limit.refused(request.ip, guarded);
      throw error;
    }
  });
}
