// Files beside recordings that tell of them: JSON, lines of JSON, YAML, CSV. Keys may be named; else the usual names are tried.
import { parse as parseYaml } from 'yaml';
import { csvRows, separatorOf } from '../../sources/secrets/import/csv-rows.ts';
import { jsonObject, jsonValue } from '../formats/byte-reader.ts';
import { known, type RecordingFacts, textFact, timeFact } from '../formats/facts.ts';
import type { SideFile } from './layout.ts';

/** A side file of one recording may have so many bytes, a list of many recordings this many. */
export const sideBytesMax = { one: 1024 * 1024, many: 64 * 1024 * 1024 };

type Fields = NonNullable<SideFile['fields']>;

// The names programs use, most telling first. JumpServer: asset, remote_addr, date_start. Teleport: login, addr.remote, sid.
const usual: Record<keyof Fields, string[]> = {
  user: ['user', 'username', 'user_name', 'usuario'],
  origin: ['origin', 'remote_addr', 'addr.remote', 'client_ip', 'source_ip', 'remote_host', 'login_from', 'origem'],
  target: [
    'target',
    'asset',
    'server_hostname',
    'host',
    'hostname',
    'device',
    'connection_name',
    'connectionName',
    'dispositivo',
  ],
  account: ['account', 'login', 'system_user', 'credential', 'credencial'],
  protocol: ['protocol', 'proto', 'protocolo'],
  sessionId: ['session_id', 'sessionId', 'session', 'sid', 'uuid', 'id'],
  title: ['title', 'name', 'titulo'],
  startedAt: ['started_at', 'startedAt', 'date_start', 'session_start', 'start', 'startDate', 'start_time', 'inicio'],
  endedAt: ['ended_at', 'endedAt', 'date_end', 'session_stop', 'end', 'endDate', 'end_time', 'fim'],
  durationSeconds: ['duration', 'duration_seconds', 'duracao'],
  tags: ['tags', 'labels'],
};

/** Facts of one recording from a file that tells of it alone; undefined when it cannot be understood. */
export function readSideFile(name: string, text: string, fields: Fields = {}): RecordingFacts | undefined {
  const value = /\.ya?ml$/i.test(name) ? yamlObject(text) : (jsonObject(text) ?? sessionEnd(text));
  return value === undefined ? undefined : factsOf(value, fields);
}

/** Facts of many recordings from a list, by the value of `key`. At most a million rows. */
export function readSideList(
  name: string,
  text: string,
  key: string,
  fields: Fields = {},
): Map<string, RecordingFacts> {
  const found = new Map<string, RecordingFacts>();
  for (const row of rowsOf(name, text)) {
    if (found.size >= 1_000_000) break;
    const id = textFact(at(row, key)) ?? textFact(at(row, 'id')) ?? textFact(at(row, 'session_id'));
    if (id !== undefined) found.set(id.split('/').at(-1) ?? id, factsOf(row, fields));
  }
  return found;
}

function* rowsOf(name: string, text: string): Generator<Record<string, unknown>> {
  if (!/\.csv$/i.test(name)) {
    const whole = jsonValue(text);
    const values: unknown[] = Array.isArray(whole) ? whole : text.split('\n').map(jsonObject);
    for (const value of values) if (typeof value === 'object' && value !== null) yield value as Record<string, unknown>;
    return;
  }
  let header: string[] | undefined;
  for (const { cells } of csvRows(text, separatorOf(text))) {
    const names = header;
    if (names === undefined) header = cells.map((cell) => cell.trim().replace(/^\ufeff/, ''));
    else yield Object.fromEntries(names.map((column, index) => [column, cells[index] ?? '']));
  }
}

function factsOf(value: Record<string, unknown>, fields: Fields): RecordingFacts {
  const find = (fact: keyof Fields): unknown => {
    const named = fields[fact];
    if (named !== undefined) return at(value, named);
    return usual[fact].map((name) => at(value, name)).find((found) => found !== undefined && found !== '');
  };
  // Some programs write an object where others write its name.
  const text = (fact: keyof Fields): string | undefined => {
    const found = find(fact);
    const inner = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)['name'] : found;
    return textFact(inner)?.replace(fact === 'origin' ? /^(\d+\.\d+\.\d+\.\d+):\d+$/ : /$^/, '$1');
  };
  const startedAt = timeFact(find('startedAt'));
  const endedAt = timeFact(find('endedAt'));
  const seconds = Number(find('durationSeconds'));
  const lasted = startedAt !== undefined && endedAt !== undefined ? endedAt.getTime() - startedAt.getTime() : NaN;
  const durationMs = seconds > 0 ? seconds * 1000 : lasted;
  const tags = tagsOf(find('tags'));
  return known({
    user: text('user'),
    origin: text('origin'),
    target: text('target'),
    account: text('account'),
    protocol: text('protocol')?.toLowerCase(),
    sessionId: text('sessionId'),
    title: text('title'),
    startedAt,
    durationMs: durationMs >= 0 ? Math.round(durationMs) : undefined,
    tags: tags.length > 0 ? tags : undefined,
  });
}

function tagsOf(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(/[,;]/) : Array.isArray(value) ? (value as unknown[]) : [];
  return list.flatMap((tag) => textFact(tag) ?? []).slice(0, 50);
}

// `addr.remote` may be a key of its own, or lead deeper.
function at(value: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(value, path)) return value[path];
  let here: unknown = value;
  for (const name of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}

function yamlObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 0, schema: 'core', logLevel: 'silent' });
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

// Audit events of a session, a line each: the last one tells most.
function sessionEnd(text: string): Record<string, unknown> | undefined {
  const events = text.split('\n').map(jsonObject);
  return events.findLast((event) => String(event?.['event']).startsWith('session.')) ?? events.find((event) => event);
}
