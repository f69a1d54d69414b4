// An export of Bitwarden or Vaultwarden on a path: for vaults that give nobody an API key. Orbit never writes to it.
import { z } from 'zod';
import type { Operation } from '../../../base/operation.ts';
import { field, secretText } from '../../../base/secret-schema.ts';
import { bitwardenImporter } from '../import/bitwarden-import.ts';
import type { SecretRecord } from '../secret-record.ts';
import type { SecretSourceKind } from '../secret-source.ts';
import { fileContent, fileSource } from './file-content.ts';

const config = z.strictObject({
  path: field(z.string().startsWith('/'), 'Export', 'full path of the JSON file on this machine'),
  password: secretText('Password', 'that was chosen for a password-protected export').optional(),
  includeRecycled: field(z.boolean().default(false), 'Also what lies in the trash'),
});

type BitwardenFileConfig = z.infer<typeof config>;

/** A JSON export, plain or password-protected. It carries no attachments. */
export const bitwardenFile: SecretSourceKind<BitwardenFileConfig> = {
  kind: 'bitwarden-file',
  title: 'Bitwarden / Vaultwarden export (file)',
  config,
  open: async (settings) => fileSource((options) => recordsOf(settings, options)),
};

async function* recordsOf(settings: BitwardenFileConfig, { signal }: Operation): AsyncGenerator<SecretRecord> {
  const { bytes, changedAt } = await fileContent(settings.path);
  try {
    yield* bitwardenImporter.read(bytes, {
      includeRecycled: settings.includeRecycled,
      // An item that keeps no time has the file's: so it stays the same from run to run.
      now: changedAt,
      ...(settings.password === undefined ? {} : { password: settings.password }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    bytes.fill(0);
  }
}
