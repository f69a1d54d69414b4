// The kinds of secret source there are. A new one is its file and a line here.
import { Failure } from '../../base/failure.ts';
import { readConfig } from '../../base/secret-schema.ts';
import { builtin } from './kinds/builtin.ts';
import { openbao } from './kinds/openbao/openbao.ts';
import { program } from './kinds/program/program.ts';
import { senhasegura } from './kinds/senhasegura/senhasegura.ts';
import type { SecretSource, SecretSourceContext, SecretSourceKind } from './secret-source.ts';

/** Every kind, in the order in which forms offer them. */
export const secretSourceKinds: SecretSourceKind<unknown>[] = [builtin, openbao, senhasegura, program];

/**
 * Opens a source of the kind `kind` with settings as they were stored or typed.
 * @throws Failure `secrets.unknown-kind`, `config.invalid`, and whatever the kind throws when it cannot sign in.
 */
export async function openSecretSource(
  kind: string,
  settings: unknown,
  context: SecretSourceContext,
): Promise<SecretSource> {
  const found = secretSourceKinds.find((each) => each.kind === kind);
  if (found !== undefined) return await found.open(readConfig(found.config, settings), context);
  throw new Failure('secrets.unknown-kind', {
    message: `there is no kind of secret source called '${kind}'`,
    hint: `There are: ${secretSourceKinds.map((each) => each.kind).join(', ')}.`,
  });
}
