// Files of other programs as a source of secrets, once. Each kind is one file; importers.ts lists them.
import { createHash } from 'node:crypto';
import { Failure } from '../../../base/failure.ts';
import type { SecretString } from '../../../base/secret-string.ts';
import type { SecretRecord } from '../secret-record.ts';
import type { CsvMapping } from './csv-columns.ts';

/** What an importer could not take, or took in another form. People see all of these; none carries a value. */
export interface ImportNote {
  kind: 'attachment-missing' | 'recycled-skipped' | 'changed-form' | 'not-taken';
  /** Title of the secret, or empty when it concerns the whole file. */
  title: string;
  message: string;
}

/** What reading a file may need. */
export interface ImportOptions {
  password?: SecretString;
  /** Content of a key file (KDBX). */
  keyFile?: Uint8Array;
  /** Which column is what (CSV); what is not named here is recognised by its header. */
  mapping?: CsvMapping;
  /** Also take what lies in the recycle bin or trash. */
  includeRecycled?: boolean;
  /** For records of files that know no times. */
  now?: Date;
  signal?: AbortSignal;
  note?: (note: ImportNote) => void;
}

/** One kind of file. */
export interface SecretImporter {
  kind: string;
  title: string;
  /** True when the file looks like this kind; `filename` decides only where its content does not. */
  matches(bytes: Uint8Array, filename: string): boolean;
  /** Every secret of the file. Throws `import.*` and, for KDBX, `kdbx.*` failures, before or between records. */
  read(bytes: Uint8Array, options: ImportOptions): AsyncIterable<SecretRecord>;
}

/** An id for a record of a file that gives none: the same for the same texts, and never their content. */
export function derivedId(...texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
}

/** The text of a file in UTF-8 or, with its mark, UTF-16. Throws `import.not-text`. */
export function textOf(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Failure('import.not-text', {
      message: 'the file is not text in UTF-8 or UTF-16',
      hint: 'Save it as "CSV UTF-8", or export it again from the program it comes from.',
    });
  }
}

/** `import.damaged`: the file cannot be read as what it seems to be; `where` names the line or the part, never a value. */
export function damagedFile(where: string): Failure {
  return new Failure('import.damaged', {
    message: `the file cannot be imported: ${where}`,
    hint: 'Export it again from the program it comes from, and do not edit it in between.',
  });
}

/** The value of a JSON text. Throws `import.damaged`. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and so perhaps a secret.
    throw damagedFile('it is not JSON');
  }
}
