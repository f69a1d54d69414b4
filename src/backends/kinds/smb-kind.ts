// A CIFS/SMB share without a mount.
import { z } from 'zod';
import { makeSmbFolder, openSmbBackend } from '../smb/smb-backend.ts';
import type { SmbSettings } from '../smb/smb-settings.ts';
import type { BackendKind, Surroundings } from './kind.ts';
import { bandwidthField, lowSpaceField } from './line-fields.ts';
import { smbFields, smbLocation } from './smb-fields.ts';

const config = z.object({
  ...smbFields,
  bandwidthLimitKib: bandwidthField,
  lowSpaceMib: lowSpaceField,
  timeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(20)
    .meta({ title: 'Seconds that one request may take; after four times as long it is given up' }),
});
type SmbConfig = z.output<typeof config>;

/** CIFS/SMB by Samba's client: needs neither root nor a kernel module. */
export const smbKind: BackendKind<SmbConfig> = {
  kind: 'smb',
  title: 'CIFS/SMB share, without a mount',
  config,
  location: (settings) => smbLocation('smb', settings),
  open: (settings, surroundings) => openSmbBackend(smbSettings(settings, surroundings)),
  prepare: async (settings, surroundings) => {
    const { signal } = surroundings;
    await makeSmbFolder(smbSettings(settings, surroundings), signal === undefined ? {} : { signal });
  },
};

function smbSettings(config: SmbConfig, surroundings: Surroundings): SmbSettings {
  const { unencrypted, ...settings } = config;
  const { spoolFolder } = surroundings;
  return { ...settings, location: smbLocation('smb', config), encrypt: !unencrypted, spoolFolder };
}
