// A CIFS/SMB share, mounted by the kernel.
import { z } from 'zod';
import { cifsMountOptions, newerCifsMountOptions } from '../mounted/mount-options.ts';
import { type MountedSettings, openMountedBackend, prepareMounted } from '../mounted/mounted-backend.ts';
import { checkSmbSettings, shareAndFolder } from '../smb/smb-settings.ts';
import type { BackendKind, Surroundings } from './kind.ts';
import { mountFields } from './mount-fields.ts';
import { smbFields, smbLocation } from './smb-fields.ts';

const config = z.object({ ...smbFields, ...mountFields });

/** What the schema of a CIFS mount gives. */
export type CifsConfig = z.output<typeof config>;

/** CIFS/SMB by a kernel mount: needs root and the kernel's cifs module. */
export const cifsKind: BackendKind<CifsConfig> = {
  kind: 'cifs',
  title: 'CIFS/SMB share, mounted (needs root)',
  config,
  location: (settings) => smbLocation('cifs', settings),
  open: async (settings, surroundings) => openMountedBackend(cifsSettings(settings, surroundings), surroundings.signal),
  prepare: async (settings, surroundings) => {
    const { signal } = surroundings;
    await prepareMounted(cifsSettings(settings, surroundings), signal === undefined ? {} : { signal });
  },
};

/** How a CIFS destination is mounted. @throws Failure `backend.bad-address`, `backend.bad-mount-option`. */
export function cifsSettings(config: CifsConfig, { spoolFolder }: Pick<Surroundings, 'spoolFolder'>): MountedSettings {
  const { host, port, user, domain, password, path, unencrypted, options, local, timeoutSeconds } = config;
  const location = smbLocation('cifs', config);
  checkSmbSettings({
    location,
    host,
    port,
    path,
    user,
    domain,
    password,
    encrypt: !unencrypted,
    timeoutSeconds,
    spoolFolder,
  });
  const { share, folder } = shareAndFolder(location, path);
  return {
    type: 'cifs',
    source: `//${host}/${share}`,
    options: cifsMountOptions({ user, domain, port, encrypt: !unencrypted, extra: options }),
    newerOptions: newerCifsMountOptions,
    password,
    location,
    timeoutSeconds,
    folder: folder.replaceAll('\\', '/'),
    local,
    spoolFolder,
  };
}
