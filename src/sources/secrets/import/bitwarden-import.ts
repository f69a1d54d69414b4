// Bitwarden and Vaultwarden JSON, plain or under a password of its own.
import type { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import { bitwardenExport, placesOf, recordOfItem } from './bitwarden-items.ts';
import { openBitwarden, sealedBitwarden } from './bitwarden-sealed.ts';
import { damagedFile, derivedId, type ImportOptions, parsedJson, type SecretImporter, textOf } from './importer.ts';

const mostBytes = 256 * 1024 * 1024;

/** Reads an export of a person or an organisation. */
export const bitwardenImporter: SecretImporter = {
  kind: 'bitwarden',
  title: 'Bitwarden or Vaultwarden JSON',
  matches(bytes) {
    const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64 * 1024));
    return /^[^{]{0,3}\s*\{/.test(start) && /"(encrypted|items|folders|collections)"\s*:/.test(start);
  },
  async *read(bytes, options) {
    if (bytes.length > mostBytes) {
      throw new Failure('import.over-limit', {
        message: `the export has ${bytes.length} bytes, and at most ${mostBytes} are read at once`,
        hint: 'Export one organisation or folder at a time.',
      });
    }
    const exported = await openedExport(parsedJson(textOf(bytes)), options);
    options.note?.({
      kind: 'attachment-missing',
      title: '',
      message: 'a Bitwarden JSON export never contains attachments: fetch those separately',
    });
    const places = placesOf(exported);
    const seen = new Set<string>();
    for (const [index, item] of exported.items.entries()) {
      options.signal?.throwIfAborted();
      if (item.deletedDate !== undefined && item.deletedDate !== null && options.includeRecycled !== true) {
        options.note?.({ kind: 'recycled-skipped', title: item.name ?? '', message: 'it lies in the trash' });
        continue;
      }
      const isUsable = item.id !== undefined && item.id !== null && item.id !== '' && !seen.has(item.id);
      const id = isUsable ? (item.id ?? '') : derivedId(String(index), item.name ?? '', item.login?.username ?? '');
      seen.add(id);
      yield recordOfItem(item, id, places, options);
    }
  },
};

async function openedExport(content: unknown, options: ImportOptions): Promise<z.infer<typeof bitwardenExport>> {
  const sealed = sealedBitwarden.safeParse(content);
  if (sealed.success) {
    if (options.password === undefined) {
      throw new Failure('import.password-needed', {
        message: 'the Bitwarden export is protected by a password, and none was given',
        hint: 'Give the password that was chosen for the export.',
      });
    }
    return plainExport(parsedJson(await openBitwarden(sealed.data, options.password)));
  }
  return plainExport(content);
}

function plainExport(content: unknown): z.infer<typeof bitwardenExport> {
  if (typeof content === 'object' && content !== null && 'encrypted' in content && content.encrypted === true) {
    if (!('passwordProtected' in content && content.passwordProtected === true)) {
      throw new Failure('import.account-restricted', {
        message: 'the Bitwarden export is sealed with the key of one account, and only that account can read it',
        hint: 'Export again as JSON, or as encrypted JSON of the type "Password protected".',
      });
    }
  }
  const parsed = bitwardenExport.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damagedFile(`${issue?.path.join('.') || 'the document'} is not as Bitwarden writes it`);
}
