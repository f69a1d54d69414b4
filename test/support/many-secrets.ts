// Secrets for tests: the same every time, with everything a secret can have.
import { createHash } from 'node:crypto';
import { SecretString } from '../../src/base/secret-string.ts';
import type { SecretRecord, SecretVersion } from '../../src/sources/secrets/secret-record.ts';

/** Every printable ASCII character, from space to tilde. */
export const everyPrintable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

const awkward = [everyPrintable, 'ção ñ ü 密码 🗝️', ' spaces around ', 'two\nlines\ttab', '<&>"\'', '=SUM(A1)', ''];

/** A secret that is made of its number; `password` replaces the one it would have. */
export function someSecret(number: number, changes: { password?: string; title?: string } = {}): SecretRecord {
  const text = (what: string): string => createHash('sha256').update(`${what} ${number}`).digest('base64url');
  const odd = awkward[number % awkward.length] ?? '';
  const at = (minutes: number): Date => new Date(Date.UTC(2025, 0, 1) + (number * 100 + minutes) * 60_000);
  const version = (round: number): SecretVersion => ({
    title: changes.title ?? `secret ${number} ${number % 3 === 0 ? odd.trim().replaceAll(/[\n\t/]/g, ' ') : ''}`.trim(),
    username: number % 5 === 0 ? odd : `user${number}`,
    password: new SecretString(`${text(`password ${round}`)}${odd}`),
    url: `https://host${number}.example/path?a=b&c=d`,
    notes: new SecretString(number % 4 === 0 ? `${odd}\nnote ${number}` : ''),
    fields:
      number % 6 === 0
        ? [
            { name: 'port', value: new SecretString('22'), isProtected: false },
            { name: 'PIN — ção', value: new SecretString(`${number}${odd}`), isProtected: true },
          ]
        : [],
    changedAt: at(round),
  });
  const past = number % 3;
  return {
    ...version(past),
    ...(changes.password === undefined ? {} : { password: new SecretString(changes.password) }),
    id: `id-${number}`,
    type: number % 2 === 0 ? 'login' : 'database',
    groups: number % 7 === 0 ? [] : [`Team ${number % 10}`, `Região ${number % 4}`],
    tags: number % 8 === 0 ? ['prod', 'região sul'] : [],
    ...(number % 9 === 0
      ? { totp: new SecretString(`otpauth://totp/x:${number}?secret=JBSWY3DPEHPK3PXP&issuer=x`) }
      : {}),
    attachments: number % 50 === 0 ? [{ name: `key ${number}.pem`, bytes: Buffer.from(text('file').repeat(20)) }] : [],
    createdAt: at(0),
    ...(number % 11 === 0 ? { expiresAt: at(500_000) } : {}),
    history: Array.from({ length: past }, (_, round) => version(round)),
  };
}

/** The secrets 1 to `count`. */
export function* someSecrets(count: number): Iterable<SecretRecord> {
  for (let number = 1; number <= count; number += 1) yield someSecret(number);
}

/** So many of them as a source. */
export function sampleSource(count: number): { id: string; title: string; read: () => Iterable<SecretRecord> } {
  return { id: 's1', title: 'Vault', read: () => someSecrets(count) };
}
