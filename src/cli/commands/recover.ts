// `orbit recover`: a bare machine becomes the old one again. Needs no server, no database, nothing of the old machine.
import { Command } from 'commander';
import { backendKinds } from '../../backends/kinds.ts';
import { orbitVersion } from '../../base/orbit-version.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { addConfigFlags } from '../config-flags.ts';
import { withOpeningOptions } from '../kit-opening.ts';
import { type PlaceOptions, withPlace } from '../recover/place.ts';
import { recoverFrom, type RecoverOptions } from '../recover/run.ts';

/** `orbit recover KIND`, with the flags of `orbit destination add KIND`. */
export function recoverCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const recoverAll = new Command('recover')
    .description('rebuild a machine from the backup at a destination: a plan first, then stages that can be resumed')
    .addHelpText(
      'after',
      '\nExample: orbit recover folder --path /mnt/usb/orbit --target /mnt/target\n         orbit recover rsync --host backup.example.org --user orbit --path /srv/orbit --ssh-key-file /root/key --list',
    );
  for (const kind of backendKinds) {
    const command = recoverAll.command(kind.kind).description(kind.title);
    addConfigFlags(command, kind.config);
    if (kind.sshServer !== undefined) {
      command
        .option('--host-key <fingerprint>', 'the server’s fingerprint, compared already: SHA256:…')
        .option('--ssh-key-file <file>', 'private key to go there with; one that does not exist is made and shown');
    }
    withOpeningOptions(command)
      .option('--list', 'only show which backups exist')
      .option('--snapshot <id or time>', 'which one: the beginning of its id, or the newest not after a time', 'latest')
      .option('--target <folder>', 'the new root; / is this machine itself')
      .option('--only <path...>', 'only these files and folders of the old machine')
      .option('--database <name...>', 'only these databases; into a server that runs here, or made anew in the target')
      .option('--table <name>', 'with --database and --output: only this table')
      .option('--output <file>', 'write the dump of one database into a new file, and change nothing')
      .option('--safety-folder <folder>', 'where what is overwritten is kept (else below the target’s /var/lib)')
      .option('--install-packages', 'first install the packages the target lacks, by its own apt or dnf')
      .option('--failed-at <time>', 'when the old machine failed: for the data lost (else: now)')
      .option('--dry-run', 'show the plan and change nothing')
      .option('--yes', 'do not ask')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample: orbit recover ${kind.kind} … --target /mnt/target --dry-run`)
      .action((options: PlaceOptions & RecoverOptions) =>
        withPlace(context, kind, options, (backend) =>
          recoverFrom(context, backend, options, `orbit ${orbitVersion()}`, setExitCode),
        ),
      );
  }
  return recoverAll;
}
