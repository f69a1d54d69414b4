// How commands that change the key set open the current recovery key: password, shares, or the key itself.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { OpenedBy } from '../breakglass/ceremony.ts';
import type { RecoveryKey } from '../breakglass/recovery-key-store.ts';
import { identityFromSecretBytes, parseIdentityFile, type RecoveryIdentity } from '../breakglass/recovery-key.ts';
import { combineShares } from '../breakglass/shares/combine-shares.ts';
import type { Share } from '../breakglass/shares/share.ts';
import { canAsk } from './ask.ts';
import type { CliContext } from './context.ts';
import { readSecret } from './prompt.ts';
import { askForShares, readShareFile } from './share-words.ts';
import { usageFailure } from './usage.ts';

/** The options by which the current key is opened. */
export interface CurrentKeyOptions {
  currentPasswordFile?: string;
  currentIdentityFile?: string;
  currentShareFile?: string[];
}

/** Adds the options by which the current key is opened. */
export function withCurrentKey(command: Command): Command {
  return command
    .option('--current-password-file <file>', 'the file with the current master password (else it is asked)')
    .option('--current-identity-file <file>', 'the current recovery key itself, as shares or a recipient gave it')
    .option('--current-share-file <file...>', 'files with the words of the present shares, one each');
}

/** How many shares were given, for the event. */
export function partsSentOf({ currentShareFile }: CurrentKeyOptions): { partsSent?: number } {
  return currentShareFile === undefined ? {} : { partsSent: currentShareFile.length };
}

/**
 * Opens the current key as the options say; where they say nothing, asks for its master password, or, when it has none
 * and its custodians are here, for their shares.
 * @throws Failure `cli.usage` when two ways are given, those of shares and of identity files.
 */
export async function currentKeyOpenedBy(
  context: CliContext,
  options: CurrentKeyOptions,
  key: RecoveryKey,
): Promise<OpenedBy> {
  const { currentPasswordFile, currentIdentityFile, currentShareFile } = options;
  const given = [currentPasswordFile, currentIdentityFile, currentShareFile].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw usageFailure(
      'the current key is opened in one way',
      'Give --current-password-file, --current-identity-file or --current-share-file.',
    );
  }
  if (currentIdentityFile !== undefined) {
    const bytes = await readFile(currentIdentityFile);
    try {
      return { identity: parseIdentityFile(bytes).identity };
    } finally {
      bytes.fill(0);
    }
  }
  if (currentShareFile !== undefined) {
    const shares: Share[] = [];
    for (const file of currentShareFile) shares.push(await readShareFile(file));
    return { identity: await identityOfShares(shares) };
  }
  const isAskedForShares = currentPasswordFile === undefined && !key.ways.includes('master-password');
  if (isAskedForShares && key.ways.includes('shares') && canAsk(context))
    return { identity: await identityOfShares(await askForShares(context)) };
  const question = `Current master password (recovery key ${key.id}): `;
  return { masterPassword: await readSecret(context, question, { file: currentPasswordFile }) };
}

async function identityOfShares(shares: Share[]): Promise<RecoveryIdentity> {
  try {
    return identityFromSecretBytes(Buffer.from(await combineShares(shares)));
  } finally {
    for (const share of shares) share.value.fill(0);
  }
}
