// A folder of another machine, by SFTP.
import { z } from 'zod';
import { makeSftpFolder } from '../sftp/make-sftp-folder.ts';
import { type SftpSettings, openSftpBackend } from '../sftp/sftp-backend.ts';
import type { BackendKind, Surroundings } from './kind.ts';
import { bandwidthField, lowSpaceField, silenceField } from './line-fields.ts';
import { connectionFor, sshFields, sshLocation } from './ssh-fields.ts';

const config = z.object({
  ...sshFields,
  bandwidthLimitKib: bandwidthField,
  lowSpaceMib: lowSpaceField,
  timeoutSeconds: silenceField,
});
type SftpConfig = z.output<typeof config>;

/** SFTP: needs nothing but the SSH server of the other side. */
export const sftpKind: BackendKind<SftpConfig> = {
  kind: 'sftp',
  title: 'SFTP server',
  config,
  location: (settings) => sshLocation('sftp', settings),
  sshServer: ({ host, port }) => ({ host, port }),
  open: async (settings, surroundings) => openSftpBackend(await sftpSettings(settings, surroundings)),
  prepare: async (settings, surroundings) => {
    const opened = await sftpSettings(settings, surroundings);
    try {
      await makeSftpFolder(opened, surroundings.signal === undefined ? {} : { signal: surroundings.signal });
    } finally {
      await opened.connection.close();
    }
  },
};

async function sftpSettings(settings: SftpConfig, surroundings: Surroundings): Promise<SftpSettings> {
  return {
    location: sshLocation('sftp', settings),
    connection: await connectionFor('sftp', settings, surroundings),
    path: settings.path,
    timeoutSeconds: settings.timeoutSeconds,
  };
}
