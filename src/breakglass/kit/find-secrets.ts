// Finds secrets in an opened kit by what people remember of them. Values are never searched.
import { Failure } from '../../base/failure.ts';
import type { KitSecret } from './open-kit.ts';

/** Where a secret lies and what it is called: `Servers/Linux/web-01`. */
export function secretPath({ record }: KitSecret): string {
  return [...record.groups, record.title].join('/');
}

/**
 * Secrets in which every word of the text occurs: in path, user name, address, tags or id; accents and capitals do not
 * count. An empty text finds all.
 */
export function searchSecrets(secrets: readonly KitSecret[], text: string): KitSecret[] {
  const words = plain(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...secrets];
  return secrets.filter((secret) => words.every((word) => haystackOf(secret).includes(word)));
}

// What is searched of a secret, kept for the next keystroke: folding accents is what takes the time.
const haystacks = new WeakMap<KitSecret, string>();

function haystackOf(secret: KitSecret): string {
  let haystack = haystacks.get(secret);
  if (haystack === undefined) {
    const { record } = secret;
    haystack = plain([secretPath(secret), record.username, record.url, record.id, ...record.tags].join('\n'));
    haystacks.set(secret, haystack);
  }
  return haystack;
}

/**
 * The one secret that people mean: by its path, else its id, else its title alone.
 * @throws Failure `breakglass.no-such-secret`, or `breakglass.ambiguous-secret` with the candidates.
 */
export function findSecret(secrets: readonly KitSecret[], wanted: string): KitSecret {
  const trials = [
    (secret: KitSecret) => secretPath(secret) === wanted,
    (secret: KitSecret) => secret.record.id === wanted,
    (secret: KitSecret) => secret.record.title === wanted,
    (secret: KitSecret) => plain(secret.record.title) === plain(wanted),
  ];
  for (const isMeant of trials) {
    const found = secrets.filter(isMeant);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    if (found.length > 1) {
      throw new Failure('breakglass.ambiguous-secret', {
        message: `${found.length} secrets are called '${wanted}'`,
        hint: `Say which by its id: ${found
          .slice(0, 5)
          .map((secret) => `${secret.record.id} (${secretPath(secret)})`)
          .join(', ')}`,
      });
    }
  }
  throw new Failure('breakglass.no-such-secret', {
    message: `there is no secret '${wanted}' in this kit`,
    hint: 'Search for a part of its name: orbit kit search PATH WORD',
  });
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
