// A folder on this machine or on a mount.
import { z } from 'zod';
import { openFolderBackend } from '../folder.ts';
import { openWorkerBackend } from '../mounted/worker-backend.ts';
import type { BackendKind } from './kind.ts';
import { bandwidthField, lowSpaceField } from './line-fields.ts';

const config = z.object({
  path: z
    .string()
    .regex(/^\/[^\0]*$/, 'an absolute path')
    .meta({ title: 'Folder' }),
  onMount: z
    .boolean()
    .default(false)
    .meta({ title: 'The folder lies on a mount: write only while that very mount is there' }),
  bandwidthLimitKib: bandwidthField,
  lowSpaceMib: lowSpaceField,
});

/** A folder on this machine, or on a mount that somebody else keeps. */
export const folderKind: BackendKind<z.output<typeof config>> = {
  kind: 'folder',
  title: 'Folder on this machine',
  config,
  location: ({ path }) => path,
  // A mount may hang, and would take this process with it: a worker of its own touches it.
  open: ({ path, onMount }, { signal }) =>
    onMount
      ? openWorkerBackend({ path, location: path, timeoutSeconds }, signal)
      : openFolderBackend(path, { ifMissing: 'require' }),
  prepare: async ({ path, onMount }, { signal }) => {
    if (!onMount) await openFolderBackend(path);
    else {
      const backend = await openWorkerBackend({ path, location: path, timeoutSeconds, ifMissing: 'make' }, signal);
      await backend.close();
    }
  },
};

const timeoutSeconds = 45;
