// Makes the folder that a destination by rsync lies in.
import type { Operation } from '../../base/operation.ts';
import type { RsyncSettings } from './rsync-backend.ts';
import { rsyncFailure } from './rsync-failures.ts';
import { runRsync } from './rsync-program.ts';
import { openSpool } from './spool.ts';

/**
 * Makes the folder on the far side, one level: its parent must exist. Nothing happens when it is there.
 * @throws Failure `backend.place-missing`, `backend.permission` …
 */
export async function makeRsyncFolder(settings: RsyncSettings, options: Operation = {}): Promise<void> {
  if (settings.path === '.') return;
  const spool = await openSpool(settings.spoolFolder, 0);
  try {
    const folder = await spool.makeFolder();
    const result = await runRsync(
      settings.connection,
      settings.location,
      { timeoutSeconds: settings.timeoutSeconds ?? 60, bandwidthLimitKib: 0 },
      {
        args: ['-d', `${folder}/`, `target:${settings.path.replace(/\/+$/, '')}/`],
        bytes: 0,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    );
    if (result.exitCode !== 0)
      throw rsyncFailure(settings.location, 'make its folder', {
        exitCode: result.exitCode,
        text: result.stderr,
        timeoutSeconds: settings.timeoutSeconds ?? 60,
      });
  } finally {
    await spool.remove();
  }
}
