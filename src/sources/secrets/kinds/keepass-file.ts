// A KeePass database on a path, read with its password, its key file, or both. Orbit never writes to it.
import { z } from 'zod';
import type { Operation } from '../../../base/operation.ts';
import { field, secretText } from '../../../base/secret-schema.ts';
import { kdbxImporter } from '../import/kdbx-import.ts';
import type { SecretRecord } from '../secret-record.ts';
import type { SecretSourceKind } from '../secret-source.ts';
import { fileContent, fileSource } from './file-content.ts';

const config = z
  .strictObject({
    path: field(z.string().startsWith('/'), 'KeePass file', 'its full path on this machine'),
    password: secretText('Password').optional(),
    keyFile: field(z.string().startsWith('/'), 'Key file', 'its full path, when there is one').optional(),
    includeRecycled: field(z.boolean().default(false), 'Also what lies in the recycle bin'),
  })
  .refine(({ password, keyFile }) => password !== undefined || keyFile !== undefined, {
    message: 'give a password, a key file, or both',
    path: ['password'],
  });

type KeePassConfig = z.infer<typeof config>;

/** A KDBX file. Each reading takes the file as it is then, whole. */
export const keepassFile: SecretSourceKind<KeePassConfig> = {
  kind: 'keepass-file',
  title: 'KeePass file (KDBX)',
  config,
  open: async (settings) => fileSource((options) => recordsOf(settings, options)),
};

async function* recordsOf(settings: KeePassConfig, options: Operation): AsyncGenerator<SecretRecord> {
  const bytes = (await fileContent(settings.path)).bytes;
  const keyFile = settings.keyFile === undefined ? undefined : (await fileContent(settings.keyFile)).bytes;
  try {
    yield* kdbxImporter.read(bytes, {
      includeRecycled: settings.includeRecycled,
      ...(settings.password === undefined ? {} : { password: settings.password }),
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } finally {
    keyFile?.fill(0);
  }
}
