// Settings that change while their secrets stay: who changes them need not know a secret again, and cannot learn it either, for
// one that is kept is never sent to another place than it was given for.
import { isDeepStrictEqual } from 'node:util';
import { Failure } from './failure.ts';
import { type ConfigField, type SplitConfig, splitSecrets } from './secret-schema.ts';

/**
 * The settings whole, as they are to be: `values` says all that is no secret; a secret that is left out stays as it is in
 * `before`, one that is null is given up. `read` makes a configuration of plain values, and throws what it likes.
 * @throws Failure `config.secret-needed` when a field with `isPlace` differs and a secret would stay.
 */
export function withKeptSecrets<Config extends object>(
  fields: readonly ConfigField[],
  before: SplitConfig,
  values: Record<string, unknown>,
  read: (values: Record<string, unknown>) => Config,
): Config {
  const kept = Object.fromEntries(Object.entries(before.secrets).filter(([name]) => values[name] === undefined));
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
  const config = read({ ...kept, ...given });
  const { plain } = splitSecrets(config);
  const moved = fields.filter(
    (field) => field.isPlace && !isDeepStrictEqual(plain[field.name], before.plain[field.name] ?? field.default),
  );
  if (moved.length === 0 || Object.keys(kept).length === 0) return config;
  const titles = (some: readonly ConfigField[]): string => some.map(({ title }) => title).join(', ');
  throw new Failure('config.secret-needed', {
    message: `another place (${titles(moved)}) needs the secrets again: ${titles(fields.filter(({ name }) => name in kept))}`,
    hint: 'Give them again. What is kept is never sent to another place than it was given for.',
  });
}
