// A folder on this machine or on a mount.
import { z } from 'zod';
import { openFolderBackend } from '../folder.ts';
import type { BackendKind } from './kind.ts';

const config = z.object({
  path: z
    .string()
    .regex(/^\/[^\0]*$/, 'an absolute path')
    .meta({ title: 'Folder' }),
  onMount: z
    .boolean()
    .default(false)
    .meta({ title: 'The folder lies on a mount: write only while that very mount is there' }),
});

/** A folder on this machine, or on a mount that somebody else keeps. */
export const folderKind: BackendKind<z.output<typeof config>> = {
  kind: 'folder',
  title: 'Folder on this machine',
  config,
  location: ({ path }) => path,
  open: ({ path }) => openFolderBackend(path, { ifMissing: 'require' }),
  prepare: async ({ path }) => {
    await openFolderBackend(path);
  },
};
