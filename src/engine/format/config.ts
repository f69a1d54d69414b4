// The repository's `config` file: its version, its identity, and where it cuts files.
import { isIrreducible, polynomialDegree } from '../chunker/polynomial.ts';
import { damagedFile } from './damage.ts';
import { JsonObject } from './json.ts';
import { configKey } from './layout.ts';

/** The format's two versions: 2 can compress. */
export type RepositoryVersion = 1 | 2;

/** What `config` says (restic internal/restic/config.go). */
export interface RepositoryConfig {
  version: RepositoryVersion;
  /** 64 random hex digits that tell repositories apart. */
  id: string;
  /** An irreducible polynomial over GF(2) of degree 53, by which files are cut. */
  chunkerPolynomial: bigint;
}

const degree = 53;

/** The JSON of a config, keys as restic writes them. */
export function encodeConfig(config: RepositoryConfig): Buffer {
  const polynomial = config.chunkerPolynomial.toString(16);
  return Buffer.from(`{"version":${config.version},"id":"${config.id}","chunker_polynomial":"${polynomial}"}`);
}

/** Undoes `encodeConfig`. @throws Failure `repository.damaged-file` */
export function decodeConfig(json: Uint8Array): RepositoryConfig {
  const object = JsonObject.parse(configKey, json);
  const version = object.count('version');
  if (version !== 1 && version !== 2) throw damagedFile(configKey, `its version ${version} is unknown to this program`);
  const text = object.text('chunker_polynomial', 16);
  if (!/^[0-9a-f]{1,16}$/i.test(text)) throw damagedFile(configKey, 'its chunker polynomial is no hexadecimal number');
  const chunkerPolynomial = BigInt(`0x${text}`);
  if (polynomialDegree(chunkerPolynomial) !== degree || !isIrreducible(chunkerPolynomial))
    throw damagedFile(configKey, 'its chunker polynomial is not irreducible of degree 53');
  return { version, id: object.id('id'), chunkerPolynomial };
}
