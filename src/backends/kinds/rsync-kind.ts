// A folder of another Linux machine, by rsync over SSH.
import { z } from 'zod';
import { makeRsyncFolder } from '../rsync/make-rsync-folder.ts';
import { type RsyncSettings, openRsyncBackend } from '../rsync/rsync-backend.ts';
import type { BackendKind, Surroundings } from './kind.ts';
import { bandwidthField, silenceField } from './line-fields.ts';
import { connectionFor, sshFields, sshLocation } from './ssh-fields.ts';

const config = z.object({
  ...sshFields,
  restricted: z
    .boolean()
    .default(false)
    .meta({ title: 'The key is tied to the folder there by a forced command (orbit destination authorize)' }),
  readKey: z.string().optional().meta({ title: 'Name of a second SSH key that may only read' }),
  bandwidthLimitKib: bandwidthField,
  timeoutSeconds: silenceField,
});
type RsyncConfig = z.output<typeof config>;

/** rsync over SSH: nothing but rsync is needed on the other side. */
export const rsyncKind: BackendKind<RsyncConfig> = {
  kind: 'rsync',
  title: 'Remote Linux server (rsync)',
  limitsItself: true,
  config,
  location: (settings) => sshLocation('rsync', settings),
  sshServer: ({ host, port }) => ({ host, port }),
  open: async (settings, surroundings) => openRsyncBackend(await rsyncSettings(settings, surroundings)),
  prepare: async (settings, surroundings) => {
    const opened = await rsyncSettings(settings, surroundings);
    try {
      await makeRsyncFolder(opened, surroundings.signal === undefined ? {} : { signal: surroundings.signal });
    } finally {
      await opened.connection.close();
      await opened.readConnection?.close();
    }
  },
};

async function rsyncSettings(settings: RsyncConfig, surroundings: Surroundings): Promise<RsyncSettings> {
  const connection = await connectionFor('rsync', settings, surroundings);
  const { readKey, bandwidthLimitKib, timeoutSeconds } = settings;
  try {
    return {
      location: sshLocation('rsync', settings),
      connection,
      ...(readKey === undefined
        ? {}
        : { readConnection: await connectionFor('rsync', settings, surroundings, readKey) }),
      // A forced command knows the folder by itself.
      path: settings.restricted ? '.' : settings.path,
      spoolFolder: surroundings.spoolFolder,
      bandwidthLimitKib,
      timeoutSeconds,
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
