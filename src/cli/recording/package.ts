// `orbit recording package`: one page for a custodian, an auditor or a court, that plays one recording without Orbit.
import { Command } from 'commander';
import { formatBytes } from '../../base/quantities.ts';
import { packageRecording } from '../../recordings/package/package-recording.ts';
import type { CliContext } from '../context.ts';
import { printLine } from '../output.ts';
import { readSecret } from '../prompt.ts';
import { writeNewFile } from '../secret/new-file.ts';
import { usageFailure } from '../usage.ts';
import { type ReasonOptions, withRecording } from './with-recording.ts';

interface PackageFlags extends ReasonOptions {
  out?: string;
  password?: boolean;
  passwordFile?: string;
}

/** `orbit recording package`. */
export function packageCommand(context: CliContext): Command {
  return new Command('package')
    .description('pack a recording into one sealed page that plays it without Orbit and without a network')
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--out <file>', 'the new file, such as case-1234.html')
    .option('--reason <text>', 'why it is taken out; kept with your name')
    .option('--password', 'ask for a password that opens it, instead of sealing it to the recovery key')
    .option('--password-file <file>', 'take that password from a file')
    .addHelpText(
      'after',
      "\nWithout a password, the master password or an identity of the recovery key opens it.\n\nExample: orbit recording package 4f2a --out case-1234.html --reason 'case 1234'",
    )
    .action(async (id: string, flags: PackageFlags) => {
      const { out } = flags;
      if (out === undefined) throw usageFailure('the page needs a file', 'Give --out FILE.html.');
      const wantsPassword = flags.password === true || flags.passwordFile !== undefined;
      const password = wantsPassword
        ? await readSecret(context, 'Password of the page: ', { file: flags.passwordFile, confirm: true })
        : undefined;
      await withRecording(context, id, flags, { how: 'package', action: 'package' }, async (archived, { store }) => {
        const page = await packageRecording(store, archived, password === undefined ? {} : { password });
        writeNewFile(out, page);
        printLine(context, `${out}: ${formatBytes(page.length)}. It opens in any current browser, offline.`);
      });
    });
}
