// `orbit share`
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { openApp } from '../../app.ts';
import { systemClock } from '../../base/clock.ts';
import { orbitEvent } from '../../base/event.ts';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import { bech32Encode } from '../../breakglass/bech32.ts';
import { openCustodians } from '../../breakglass/custodians.ts';
import { identityFromSecretBytes, type RecoveryIdentity } from '../../breakglass/recovery-key.ts';
import { judgeShare, type ShareCheck } from '../../breakglass/share-check.ts';
import { combineShares } from '../../breakglass/shares/combine-shares.ts';
import type { Share } from '../../breakglass/shares/share.ts';
import type { CliContext } from '../context.ts';
import { toldWhenRefused } from '../../breakglass/custody-events.ts';
import { actor } from '../actor.ts';
import { printJson, printLine } from '../output.ts';
import { askForShares, readShareFile, readTypedShare } from '../share-words.ts';
import { tellingHome } from '../tell-home.ts';
import { usageFailure } from '../usage.ts';

/** `orbit share check|combine`: tests one share without the others; puts them together for other programs. */
export function shareCommand(context: CliContext): Command {
  const command = new Command('share').description('shares of the recovery key, on the custodian’s side');
  command
    .command('check')
    .description(
      'say whether one share is intact and still of the current set; nothing else is needed, nothing is kept',
    )
    .option('--words-file <file>', 'read the words from a file instead of asking')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit share check')
    .action(async (options: { wordsFile?: string; json?: boolean }) => {
      const share =
        options.wordsFile === undefined
          ? await readTypedShare(context, 'Which share shall be checked?')
          : await readShareFile(options.wordsFile);
      const check = checkHere(context, share);
      share.value.fill(0);
      if (check.state === 'false') throw falseShare(check);
      if (options.json) printJson(context, { intact: true, ...check });
      else for (const line of verdict(check)) printLine(context, line);
    });
  command
    .command('combine <output>')
    .description('put shares together to the recovery key, written to a new file that only you can read')
    .option('--words-file <file...>', 'files with the words of one share each, instead of asking')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample: orbit share combine /dev/shm/key.txt, then age -d -i /dev/shm/key.txt secrets.keyx.age',
    )
    .action((output: string, options: { wordsFile?: string[]; json?: boolean }) => combine(context, output, options));
  return command.addHelpText('after', '\nExample: orbit share check');
}

async function combine(
  context: CliContext,
  output: string,
  options: { wordsFile?: string[]; json?: boolean },
): Promise<void> {
  const shares = options.wordsFile === undefined ? await askForShares(context) : [];
  for (const file of options.wordsFile ?? []) shares.push(await readShareFile(file));
  const identity = await combined(context, shares);
  const encoded = bech32Encode('age-secret-key-', identity.secret);
  const text = Buffer.from(`# public key: ${identity.recipient}\n${encoded.toString('latin1').toUpperCase()}\n`);
  try {
    await writeFile(output, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw usageFailure(
      `${output} cannot be written (${systemErrorCode(error) ?? 'error'})`,
      'Name a file that does not exist yet.',
    );
  } finally {
    for (const bytes of [text, encoded]) bytes.fill(0);
    for (const share of shares) share.value.fill(0);
    identity.wipe();
  }
  if (options.json) printJson(context, { keyId: identity.id, recipient: identity.recipient, file: output });
  else printLine(context, `Recovery key ${identity.id} was written to ${output}. Remove it when the work is done.`);
}

// Where there is an Orbit on this machine, it tells that the recovery key came together, or that somebody tried.
async function combined(context: CliContext, shares: readonly Share[]): Promise<RecoveryIdentity> {
  const partsNeeded = shares[0]?.threshold;
  const counts = { partsSent: shares.length, ...(partsNeeded === undefined ? {} : { partsNeeded }) };
  return await tellingHome(context, async (tell) => {
    const identity = await toldWhenRefused(
      { tell, clock: systemClock },
      actor(),
      async () => identityFromSecretBytes(Buffer.from(await combineShares(shares))),
      counts,
    );
    tell(orbitEvent('recovery.succeeded', { ...actor(), keyId: identity.id, ...counts }, systemClock.now()));
    return identity;
  });
}

// Without a database there is still the checksum: a custodian may test on any machine that has Orbit.
function checkHere(context: CliContext, share: Share): ShareCheck {
  if (!existsSync(join(context.home, 'orbit.db'))) return judgeShare(share, []);
  const app = openApp(context.home);
  try {
    const check = openCustodians(app.store, app.clock).check(share);
    if (check.custodian !== undefined) {
      const facts = { custodian: check.custodian, verified: check.state === 'current', keyId: check.keyId };
      app.tell(orbitEvent('custodian.share-tested', facts, app.clock.now()));
    }
    return check;
  } finally {
    app.close();
  }
}

function falseShare(check: ShareCheck): Failure {
  return new Failure('breakglass.false-share', {
    message: `every word is intact, but this is not share ${check.number} of the set '${check.set}' that was made here`,
    hint: 'Someone made it to look like one. Tell the administrators; do not use it.',
  });
}

function verdict(check: ShareCheck): string[] {
  const of = check.count === undefined ? '' : ` of ${check.count}`;
  const holder = check.custodian === undefined ? '' : `, held by ${check.custodian}`;
  const lines = [
    `The share is intact: every word is right. It is number ${check.number}${of} of the set '${check.set}'${holder}.`,
  ];
  switch (check.state) {
    case 'current':
      lines.push(
        `It is current: any ${check.threshold} shares of this set open recovery key ${check.keyId}. Confirmed today.`,
      );
      break;
    case 'retired':
      lines.push(
        check.retiredBecause === 'compromised'
          ? 'Its set was declared compromised. Destroy it once you hold a new one.'
          : 'It is not current: a newer set was made. Ask for your new sheet; keep this one until you hold it.',
      );
      break;
    case 'unknown':
      lines.push(
        `Any ${check.threshold} shares of its set open the key. Whether the set is current cannot be told here.`,
      );
      break;
    case 'false':
      break;
  }
  return lines;
}
