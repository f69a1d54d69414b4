// `orbit share`
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import { openCustodians } from '../../breakglass/custodians.ts';
import { judgeShare, type ShareCheck } from '../../breakglass/share-check.ts';
import type { Share } from '../../breakglass/shares/share.ts';
import { openStore } from '../../store/store.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { readShareFile, readTypedShare } from '../share-words.ts';

/** `orbit share check`: tests one share without the others. */
export function shareCommand(context: CliContext): Command {
  const command = new Command('share').description('shares of the recovery key, on the custodian’s side');
  command
    .command('check')
    .description(
      'say whether one share is intact and still of the current set; nothing else is needed, nothing is kept',
    )
    .option('--words-file <file>', 'read the words from a file instead of asking')
    .option('--json', 'print JSON')
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
  return command.addHelpText('after', '\nExample: orbit share check');
}

// Without a database there is still the checksum: a custodian may test on any machine that has Orbit.
function checkHere(context: CliContext, share: Share): ShareCheck {
  if (!existsSync(join(context.home, 'orbit.db'))) return judgeShare(share, []);
  const store = openStore(context.home);
  try {
    return openCustodians(store).check(share);
  } finally {
    store.close();
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
