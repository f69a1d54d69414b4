// The kinds of files that secrets are imported from.
import { Failure } from '../../../base/failure.ts';
import { bitwardenImporter } from './bitwarden-import.ts';
import { csvImporter } from './csv-import.ts';
import type { SecretImporter } from './importer.ts';
import { kdbxImporter } from './kdbx-import.ts';
import { keePassXmlImporter } from './keepass-xml-import.ts';
import { orbitJsonImporter } from './orbit-json-import.ts';

/** All kinds; the first that matches a file is the one. CSV comes last, because any text may be CSV. */
export const importers: readonly SecretImporter[] = [
  kdbxImporter,
  keePassXmlImporter,
  orbitJsonImporter,
  bitwardenImporter,
  csvImporter,
];

/** The importer for a file, by `kind` when that is given. Throws `import.unknown-file` and `import.unknown-kind`. */
export function importerFor(bytes: Uint8Array, filename: string, kind?: string): SecretImporter {
  const kinds = importers.map((importer) => importer.kind).join(', ');
  if (kind !== undefined) {
    const named = importers.find((importer) => importer.kind === kind);
    if (named !== undefined) return named;
    throw new Failure('import.unknown-kind', {
      message: `there is no importer called ${kind}`,
      hint: `Use one of ${kinds}.`,
    });
  }
  const found = importers.find((importer) => importer.matches(bytes, filename));
  if (found !== undefined) return found;
  throw new Failure('import.unknown-file', {
    message: `${filename} is none of the files Orbit can import`,
    hint: `Say what it is, as one of ${kinds}, or export it in one of these forms.`,
  });
}
