// Takes out of a text every secret that this instance knows, and whatever looks like one. For what leaves the machine to be read
// by others.
import type { App } from '../app.ts';
import { SecretString } from '../base/secret-string.ts';
import { fullConfig, listDestinations } from '../destinations/destination.ts';

const mark = '[secret]';
// Shorter ones stand in every text by chance.
const shortest = 4;
const wholeWordBelow = 8;

/** Every secret that the instance can open: of the vault with its past, of destinations and of channels. */
export function* knownSecrets({ vault, store, instanceKey, notifier }: App): Generator<SecretString> {
  for (const { id } of vault.list({ removed: 'with' })) {
    const secret = vault.show(id);
    for (const version of [secret, ...secret.history]) {
      yield version.password;
      yield version.notes;
      yield* version.fields.filter(({ isProtected }) => isProtected).map(({ value }) => value);
      if (version.totp !== undefined) yield version.totp;
    }
  }
  for (const place of listDestinations(store)) yield* secretsIn(fullConfig(store, instanceKey, place));
  for (const { config } of notifier.channels.list()) yield* secretsIn(config);
}

function* secretsIn(config: object): Generator<SecretString> {
  for (const value of Object.values(config)) if (value instanceof SecretString) yield value;
}

/** Masks these secrets, however they are written in JSON, CSV, an address or Base64; then what looks like a secret. */
export function masker(secrets: Iterable<SecretString>): (text: string) => string {
  const byStart = new Map<string, Set<string>>();
  for (const secret of secrets) {
    for (const written of writings(secret)) {
      if (written.length < shortest) continue;
      const start = written.slice(0, shortest);
      const same = byStart.get(start);
      if (same === undefined) byStart.set(start, new Set([written]));
      else same.add(written);
    }
  }
  // The longest first: one may begin with another.
  const known = new Map([...byStart].map(([start, all]) => [start, [...all].sort((a, b) => b.length - a.length)]));
  return (text) => maskLooks(maskKnown(text, known));
}

function writings(secret: SecretString): string[] {
  const value = secret.reveal().trim();
  const lines = value.split(/\r?\n/).filter((line) => line.length >= wholeWordBelow);
  const json = JSON.stringify(value).slice(1, -1);
  const csv = value.replaceAll('"', '""');
  return [
    value,
    json,
    csv,
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ...lines,
  ];
}

function maskKnown(text: string, known: ReadonlyMap<string, string[]>): string {
  let masked = '';
  let from = 0;
  for (let at = 0; at <= text.length - shortest; at += 1) {
    const found = known
      .get(text.slice(at, at + shortest))
      ?.find((each) => text.startsWith(each, at) && isMeant(text, at, each));
    if (found === undefined) continue;
    masked += text.slice(from, at) + mark;
    from = at + found.length;
    at = from - 1;
  }
  return masked + text.slice(from);
}

function isMeant(text: string, at: number, found: string): boolean {
  if (found.length >= wholeWordBelow) return true;
  const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  return !isWord(text[at - 1]) && !isWord(text[at + found.length]);
}

const looks: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, mark],
  [/AGE-SECRET-KEY-[A-Z0-9-]+/gi, mark],
  [/\borbit_[A-Za-z0-9_-]{8,}/g, mark],
  [/(\bBearer |\bBasic )[A-Za-z0-9+/=._~-]{6,}/g, `$1${mark}`],
  // The user before it stays: it tells which account was meant.
  [/(\/\/[^\s/:@"']+):[^\s/@"']+@/g, `$1:${mark}@`],
  [/((?:password|passwd|pwd|secret|token|api[-_]?key)["'\\]*\s*[=:]\s*["'\\]*)[^\s"'\\,;&}]+/gi, `$1${mark}`],
];

function maskLooks(text: string): string {
  return looks.reduce((masked, [look, instead]) => masked.replace(look, instead), text);
}
