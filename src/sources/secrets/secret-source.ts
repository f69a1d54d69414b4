// Where secrets come from. A kind is one file with its schema and its `open`; kinds.ts lists them.
import type { ZodType } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretRecord } from './secret-record.ts';
import type { Vault } from './vault/vault.ts';

/** What a source says about itself before it is read; the completeness guard compares it with what was read. */
export interface SecretCensus {
  /** Ids of every secret the source holds now. */
  ids: string[];
}

/** An open secret source. */
export interface SecretSource {
  /** Lists what there is to read, without any value. */
  census(options?: Operation): Promise<SecretCensus>;
  /**
   * Every secret with its past. Never leaves one out in silence: what can be read comes first, then a Failure names the rest.
   */
  read(options?: Operation): AsyncIterable<SecretRecord>;
  close(): Promise<void>;
}

/** What a source knows of where it runs. */
export interface SecretSourceContext {
  vault: Vault;
  clock: Clock;
}

/** One kind of secret source: the form, the CLI flags and the redaction come from `config`. */
export interface SecretSourceKind<Config, Context = SecretSourceContext> {
  kind: string;
  title: string;
  config: ZodType<Config>;
  open(config: Config, context: Context): Promise<SecretSource>;
}
