// The kinds of secret source there are. A new one is its file and a line here.
import { Failure } from '../../base/failure.ts';
import { throwIfAborted } from '../../base/operation.ts';
import { readConfig } from '../../base/secret-schema.ts';
import { bitwarden } from './kinds/bitwarden/bitwarden.ts';
import { bitwardenFile } from './kinds/bitwarden-file.ts';
import { builtin } from './kinds/builtin.ts';
import { jumpserver } from './kinds/jumpserver/jumpserver.ts';
import { keepassFile } from './kinds/keepass-file.ts';
import { openbao } from './kinds/openbao/openbao.ts';
import { passbolt } from './kinds/passbolt/passbolt.ts';
import { program } from './kinds/program/program.ts';
import { senhasegura } from './kinds/senhasegura/senhasegura.ts';
import { mariadb } from './kinds/sql/mariadb.ts';
import { postgresql } from './kinds/sql/postgresql.ts';
import { wholeSourceSettings } from './source-settings.ts';
import type { SecretSource, SecretSourceContext, SecretSourceKind } from './secret-source.ts';

/** Every kind, in the order in which forms offer them. */
export const secretSourceKinds: SecretSourceKind<unknown>[] = [
  builtin,
  keepassFile,
  openbao,
  bitwarden,
  bitwardenFile,
  passbolt,
  senhasegura,
  jumpserver,
  postgresql,
  mariadb,
  program,
];

/** The kind of that name. @throws Failure `secrets.unknown-kind` */
export function secretSourceKind(kind: string): SecretSourceKind<unknown> {
  const found = secretSourceKinds.find((each) => each.kind === kind);
  if (found !== undefined) return found;
  throw new Failure('secrets.unknown-kind', {
    message: `there is no kind of secret source called '${kind}'`,
    hint: `There are: ${secretSourceKinds.map((each) => each.kind).join(', ')}.`,
  });
}

/**
 * Opens a source with settings as they were typed, or as `keepSourceSettings` gave them.
 * @throws Failure `secrets.unknown-kind`, `config.invalid`, `vault.no-own-secret`, and whatever the kind throws when it cannot
 *   sign in.
 */
export async function openSecretSource(
  kind: string,
  settings: unknown,
  context: SecretSourceContext,
): Promise<SecretSource> {
  const found = secretSourceKind(kind);
  const source = await found.open(readConfig(found.config, wholeSourceSettings(context.vault, settings)), context);
  return stopping(source);
}

// Many kinds have everything before they give the first record: whoever tells them to stop is heard between records too.
function stopping(source: SecretSource): SecretSource {
  return {
    census: (options) => source.census(options),
    async *read(options = {}) {
      for await (const record of source.read(options)) {
        throwIfAborted(options.signal);
        yield record;
      }
      throwIfAborted(options.signal);
    },
    close: () => source.close(),
  };
}
