// The exact commands that our rsync has run on the far side, so that a key there can be tied to just those.
import { Failure } from '../../base/failure.ts';
import { runProgram } from '../../base/program.ts';
import { type RsyncLimits, limitOptions, sendOptions } from './rsync-program.ts';

/**
 * What `SSH_ORIGINAL_COMMAND` will be for storing (never over what is there) and for comparing, in that order. Taken from
 * the rsync of this machine, which is asked to show the command and then given nobody to talk to.
 * @throws Failure `backend.far-commands-unknown` when this rsync does not tell.
 */
export async function appendCommands(limits: RsyncLimits): Promise<string[]> {
  return await Promise.all(
    (['save', 'prove'] as const).map(async (mode) => {
      const args = [
        '-e',
        'false',
        ...limitOptions(limits),
        '--debug=CMD',
        ...sendOptions(mode, true),
        '/nonexistent/',
        'target:.',
      ];
      const { stdout, stderr } = await runProgram('rsync', args, { timeoutMs: 10_000 });
      const shown = /^opening connection using: false target (.*?) {2}\(\d+ args\)/m.exec(
        `${stdout.toString('utf8')}\n${stderr}`,
      );
      const command = (shown?.[1] ?? '').replaceAll('"', '');
      // Only characters that mean nothing to a shell: the line for authorized_keys is built from it.
      if (/^rsync --server [A-Za-z0-9 .,=%_-]+ \. \.$/.test(command)) return command;
      throw new Failure('backend.far-commands-unknown', {
        message: 'the rsync of this machine does not tell which command it has run on the far side',
        hint: 'Use --right write instead: that line needs rrsync there, and does not refuse overwriting.',
      });
    }),
  );
}
