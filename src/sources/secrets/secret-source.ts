// Where secrets come from. A kind is one file with its schema and its `open`; kinds.ts lists them.
import type { ZodType } from 'zod';
import type { Operation } from '../../base/operation.ts';
import type { SecretRecord } from './secret-record.ts';

/** What a source says about itself before it is read; the completeness guard compares it with what was read. */
export interface SecretCensus {
  /** Ids of every secret the source holds now. */
  ids: string[];
}

/** An open secret source. */
export interface SecretSource {
  /** Lists what there is to read, without any value. */
  census(options?: Operation): Promise<SecretCensus>;
  /** Every secret with its past. Fails rather than leaving one out in silence. */
  read(options?: Operation): AsyncIterable<SecretRecord>;
  close(): Promise<void>;
}

/** One kind of secret source: the form, the CLI flags and the redaction come from `config`. */
export interface SecretSourceKind<Config, Context> {
  kind: string;
  title: string;
  config: ZodType<Config>;
  open(config: Config, context: Context): Promise<SecretSource>;
}
