// What differs between two states of the settings, for the audit trail: only what changed, before and after.
import { isDeepStrictEqual } from 'node:util';

/** Sections of settings, each by name. Plain data; secrets are masked already. */
export type SettingsState = Record<string, Record<string, unknown>>;

/** What differs, before and after. */
export interface Changes {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** The parts that differ, by `section.name`; of objects only the fields that do. */
export function changesBetween(before: SettingsState, after: SettingsState): Changes | undefined {
  const changes: Changes = { before: {}, after: {} };
  for (const section of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[section] ?? {}, after[section] ?? {}];
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      const [was, is] = differing(old[name], now[name]);
      if (was === undefined && is === undefined) continue;
      if (was !== undefined) changes.before[`${section}.${name}`] = was;
      if (is !== undefined) changes.after[`${section}.${name}`] = is;
    }
  }
  return Object.keys(changes.before).length + Object.keys(changes.after).length === 0 ? undefined : changes;
}

function differing(was: unknown, is: unknown): [unknown, unknown] {
  if (isDeepStrictEqual(was, is)) return [undefined, undefined];
  if (!isPlain(was) || !isPlain(is)) return [was, is];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (name) => !isDeepStrictEqual(was[name], is[name]),
  );
  const only = (of: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(names.filter((name) => of[name] !== undefined).map((name) => [name, of[name]]));
  return [only(was), only(is)];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
