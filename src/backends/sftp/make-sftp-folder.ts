// Makes the folder of a new destination over SFTP.
import type { Operation } from '../../base/operation.ts';
import { sshString, uint32 } from '../ssh/wire.ts';
import type { SftpSettings } from './sftp-backend.ts';
import { SftpStatusError, message } from './sftp-messages.ts';
import { openSftpSession } from './sftp-session.ts';

/** Makes the folder there, one level: its parent must exist. Nothing happens when it is there. */
export async function makeSftpFolder(settings: SftpSettings, options: Operation = {}): Promise<void> {
  const sftp = await openSftpSession(
    settings.connection,
    settings.location,
    settings.timeoutSeconds ?? 60,
    options.signal,
  );
  try {
    await sftp.request(message.mkdir, [sshString(settings.path), uint32(4), uint32(0o700)], message.status);
  } catch (error) {
    // "Failure" is what a folder that is there says; whatever else is wrong, opening it will tell.
    if (!(error instanceof SftpStatusError)) throw error;
  } finally {
    sftp.close();
  }
}
