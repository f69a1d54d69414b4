// An NFS export, mounted by the kernel.
import { z } from 'zod';
import { nfsMountOptions } from '../mounted/mount-options.ts';
import { type MountedSettings, openMountedBackend, prepareMounted } from '../mounted/mounted-backend.ts';
import type { BackendKind, Surroundings } from './kind.ts';
import { mountFields } from './mount-fields.ts';

const config = z.object({
  host: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/, 'a host name or an IP address')
    .meta({ title: 'Host name or IP address' }),
  path: z
    .string()
    .regex(/^\/[^\0\n\r]*$/, 'an absolute path without line breaks')
    .meta({ title: 'Path that the host exports' }),
  version: z.enum(['4.1', '4.2', '4.0', '3']).default('4.1').meta({ title: 'Version of NFS: 4.1, 4.2, 4.0 or 3' }),
  port: z.number().int().min(1).max(65_535).optional().meta({ title: 'Port, when it is not 2049' }),
  ...mountFields,
});

/** What the schema of an NFS mount gives. */
export type NfsConfig = z.output<typeof config>;

const locationOf = ({ host, path }: Pick<NfsConfig, 'host' | 'path'>): string =>
  `nfs://${host.includes(':') ? `[${host}]` : host}${path}`;

/** NFS by a kernel mount: needs root and the kernel's nfs module. There is no other way to NFS. */
export const nfsKind: BackendKind<NfsConfig> = {
  kind: 'nfs',
  title: 'NFS export, mounted (needs root)',
  config,
  location: locationOf,
  open: async (settings, surroundings) => openMountedBackend(nfsSettings(settings, surroundings), surroundings.signal),
  prepare: async (settings, surroundings) => {
    const { signal } = surroundings;
    await prepareMounted(nfsSettings(settings, surroundings), signal === undefined ? {} : { signal });
  },
};

/** How an NFS destination is mounted. @throws Failure `backend.bad-mount-option`. */
export function nfsSettings(config: NfsConfig, { spoolFolder }: Pick<Surroundings, 'spoolFolder'>): MountedSettings {
  const { host, path, version, port, options, local, timeoutSeconds } = config;
  return {
    type: 'nfs',
    source: `${host.includes(':') ? `[${host}]` : host}:${path}`,
    options: nfsMountOptions({ version, port, extra: options }),
    location: locationOf(config),
    timeoutSeconds,
    folder: '',
    local,
    spoolFolder,
  };
}
