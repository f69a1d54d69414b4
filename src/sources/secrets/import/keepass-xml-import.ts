// The unencrypted XML that KeePass 2 and KeePassXC export.
import { readKeePassXml } from '../../../kdbx/kdbx.ts';
import type { SecretImporter } from './importer.ts';
import { recordsOf } from './kdbx-import.ts';

/** Reads an XML export. */
export const keePassXmlImporter: SecretImporter = {
  kind: 'keepass-xml',
  title: 'KeePass 2 XML',
  matches(bytes) {
    const start = new TextDecoder().decode(bytes.subarray(0, 1024));
    return /^\s*(<\?xml[^>]*\?>\s*)?(<!--[\s\S]*?-->\s*)?<KeePassFile[\s>]/.test(start);
  },
  read: (bytes, options) => recordsOf(() => readKeePassXml(bytes), options),
};
