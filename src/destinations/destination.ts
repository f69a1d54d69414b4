// Destinations as they are kept: named places with their settings, what was confirmed of them, and how they are.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { backendKinds } from '../backends/kinds.ts';
import type { BackendKind } from '../backends/kinds/kind.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { withKeptSecrets } from '../base/kept-secrets.ts';
import { configFields, splitSecrets } from '../base/secret-schema.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import type { AppendOnlyProof } from './append-only.ts';
import type { DestinationState } from './health.ts';
import type { MountPin } from './mount.ts';
import type { ProbeResult } from './probe.ts';

/** What was seen and confirmed when the destination was added. */
export interface DestinationPins {
  /** `ssh-ed25519 AAAA…`: the only host key that is accepted. */
  hostKey?: string;
  /** The mount its folder must lie on. */
  mount?: MountPin;
  /** True once `write_test` was stored and read there: from then on it must be there. */
  hasWriteTest?: boolean;
  /** A person took its mount away: it stays away until a person mounts it again. */
  unmounted?: { by: string; at: string };
}

/** A named place. */
export interface Destination {
  id: string;
  name: string;
  kind: string;
  /** Without secrets. */
  config: Record<string, unknown>;
  pins: DestinationPins;
  state: DestinationState;
  /** ISO times. */
  stateSince: string;
  createdAt: string;
  lastProbe?: ProbeResult;
  appendOnly?: AppendOnlyProof;
}

const purpose = (id: string): string => `destination:${id}`;

/** The kind of that name. @throws Failure `destinations.unknown-kind`. */
export function kindOf(kind: string): BackendKind {
  const found = backendKinds.find((candidate) => candidate.kind === kind);
  if (found !== undefined) return found;
  throw new Failure('destinations.unknown-kind', {
    message: `there is no kind of destination '${kind}'`,
    hint: `The kinds are ${backendKinds.map((candidate) => candidate.kind).join(', ')}.`,
  });
}

/** All destinations, by name. */
export function listDestinations(store: Store): Destination[] {
  return store.database.prepare('SELECT * FROM destination ORDER BY name').all().map(destinationFrom);
}

/** The destination of that name or id. @throws Failure `destinations.unknown`. */
export function findDestination(store: Store, name: string): Destination {
  const row = store.database.prepare('SELECT * FROM destination WHERE name = ? OR id = ?').get(name, name);
  if (row !== undefined) return destinationFrom(row);
  const names = listDestinations(store).map((destination) => destination.name);
  throw new Failure('destinations.unknown', {
    message: `there is no destination '${name}'`,
    hint: names.length === 0 ? 'Add one: orbit destination add --help' : `There are ${names.join(', ')}.`,
  });
}

/**
 * Keeps a new destination. Nothing is contacted. Secret fields of `config` are sealed and kept apart.
 * @throws Failure `destinations.bad-config`, `destinations.bad-name`, `destinations.name-taken`, `destinations.unknown-kind`.
 */
export function addDestination(
  store: Store,
  instanceKey: InstanceKey,
  wanted: { name: string; kind: string; config: Record<string, unknown>; pins?: DestinationPins },
  clock: Clock = systemClock,
): Destination {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u.test(wanted.name)) {
    throw new Failure('destinations.bad-name', {
      message: `'${wanted.name}' cannot be a name`,
      hint: 'Names have up to 63 letters, digits, blanks, dots, dashes and underscores.',
    });
  }
  const { plain, secrets } = splitSecrets(parseConfig(kindOf(wanted.kind), wanted.config));
  const id = randomUUID();
  const now = clock.now().toISOString();
  const sealed = sealSecrets(instanceKey, id, secrets);
  const { changes } = store.database
    .prepare(
      `INSERT OR IGNORE INTO destination (id, name, kind, config, sealed_secrets, pins, state_since, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, wanted.name, wanted.kind, JSON.stringify(plain), sealed, JSON.stringify(wanted.pins ?? {}), now, now);
  if (changes === 0) {
    throw new Failure('destinations.name-taken', {
      message: `there is a destination '${wanted.name}' already`,
      hint: 'Choose another name, or remove the old one first (what lies at it stays).',
    });
  }
  return findDestination(store, id);
}

/** The settings of a destination before a change, to go back to. */
export interface SettingsBefore {
  config: string;
  sealedSecrets: Uint8Array | null;
  pins: string;
}

/**
 * Changes the settings; a secret that is left out stays as it was. Nothing is contacted. Another location is another place:
 * what was pinned of the one before is given up, but for the host key that the caller gives.
 * @throws as `changedConfig`.
 */
export function changeSettings(
  store: Store,
  instanceKey: InstanceKey,
  id: string,
  change: { config: Record<string, unknown>; hostKey?: string },
): SettingsBefore {
  const before = findDestination(store, id);
  const row = store.database.prepare('SELECT config, sealed_secrets, pins FROM destination WHERE id = ?').get(id);
  const kind = kindOf(before.kind);
  const whole = changedConfig(store, instanceKey, before, change.config);
  const { plain, secrets } = splitSecrets(whole);
  const sealedBefore = row?.['sealed_secrets'] instanceof Uint8Array ? row['sealed_secrets'] : null;
  // The audit trail takes secrets that are sealed anew for other ones.
  const isSameSecret = isDeepStrictEqual(secrets, secretsOf(store, instanceKey, id));
  const sealed = isSameSecret ? sealedBefore : sealSecrets(instanceKey, id, secrets);
  const isSamePlace = kind.location(plain) === locationOf(before);
  const hostKey = change.hostKey ?? before.pins.hostKey;
  const pins = { ...(isSamePlace ? before.pins : {}), ...(hostKey === undefined ? {} : { hostKey }) };
  store.database
    .prepare('UPDATE destination SET config = ?, sealed_secrets = ?, pins = ? WHERE id = ?')
    .run(JSON.stringify(plain), sealed, JSON.stringify(pins), id);
  return {
    config: String(row?.['config']),
    sealedSecrets: sealedBefore,
    pins: String(row?.['pins']),
  };
}

/**
 * The settings whole as they would be after a change: a secret that is left out stays.
 * @throws Failure `destinations.bad-config`, `config.secret-needed` for another host or address.
 */
export function changedConfig(
  store: Store,
  instanceKey: InstanceKey,
  before: Destination,
  config: Record<string, unknown>,
): Record<string, unknown> {
  const kind = kindOf(before.kind);
  const kept = { plain: before.config, secrets: secretsOf(store, instanceKey, before.id) };
  return withKeptSecrets(configFields(kind.config), kept, config, (values) => parseConfig(kind, values));
}

/** Goes back to the settings before a change. */
export function takeBackSettings(store: Store, id: string, { config, sealedSecrets, pins }: SettingsBefore): void {
  store.database
    .prepare('UPDATE destination SET config = ?, sealed_secrets = ?, pins = ? WHERE id = ?')
    .run(config, sealedSecrets, pins, id);
}

/** Forgets a destination. What lies at the place stays there. @throws Failure `destinations.unknown`. */
export function removeDestination(store: Store, name: string): Destination {
  const destination = findDestination(store, name);
  store.database.prepare('DELETE FROM destination WHERE id = ?').run(destination.id);
  return destination;
}

/** Keeps what was confirmed anew. */
export function savePins(store: Store, id: string, pins: DestinationPins): void {
  store.database.prepare('UPDATE destination SET pins = ? WHERE id = ?').run(JSON.stringify(pins), id);
}

/** Keeps changed settings without secrets. @throws Failure `destinations.bad-config`. */
export function saveConfig(store: Store, instanceKey: InstanceKey, id: string, config: Record<string, unknown>): void {
  const destination = findDestination(store, id);
  parseConfig(kindOf(destination.kind), { ...config, ...secretsOf(store, instanceKey, id) });
  store.database.prepare('UPDATE destination SET config = ? WHERE id = ?').run(JSON.stringify(config), id);
}

/** The settings a kind's `open` takes, secrets included. @throws Failure `store.damaged-value`, `destinations.bad-config`. */
export function fullConfig(store: Store, instanceKey: InstanceKey, destination: Destination): Record<string, unknown> {
  const secrets = secretsOf(store, instanceKey, destination.id);
  return parseConfig(kindOf(destination.kind), { ...destination.config, ...secrets });
}

/** The place in words. */
export function locationOf(destination: Destination): string {
  return kindOf(destination.kind).location(destination.config);
}

/** The machine a destination lies on: the host or end point of its settings, else this one. */
export function hostOf({ config }: Destination): string {
  const { host, endpoint } = config;
  if (typeof host === 'string') return host;
  return typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint).hostname : hostname();
}

/** Settings as the kind's schema wants them. @throws Failure `destinations.bad-config` that names every wrong field. */
export function parseConfig(kind: BackendKind, config: Record<string, unknown>): Record<string, unknown> {
  const parsed = kind.config.strict().safeParse(config);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`);
  throw new Failure('destinations.bad-config', {
    message: `the settings of a ${kind.kind} destination are not right: ${wrong.join('; ')}`,
    hint: `orbit destination add ${kind.kind} --help tells every setting.`,
  });
}

function sealSecrets(instanceKey: InstanceKey, id: string, secrets: Record<string, string>): Uint8Array | null {
  return Object.keys(secrets).length === 0 ? null : instanceKey.seal(purpose(id), JSON.stringify(secrets));
}

function secretsOf(store: Store, instanceKey: InstanceKey, id: string): Record<string, string> {
  const row = store.database.prepare('SELECT sealed_secrets FROM destination WHERE id = ?').get(id);
  const sealed = row?.['sealed_secrets'];
  if (!(sealed instanceof Uint8Array)) return {};
  return z.record(z.string(), z.string()).parse(JSON.parse(instanceKey.open(purpose(id), sealed).toString('utf8')));
}

function destinationFrom(row: Record<string, unknown>): Destination {
  const json = (name: string): unknown => (typeof row[name] === 'string' ? JSON.parse(row[name]) : undefined);
  const lastProbe = json('last_probe') as ProbeResult | undefined;
  const appendOnly = json('append_only') as AppendOnlyProof | undefined;
  return {
    id: String(row['id']),
    name: String(row['name']),
    kind: String(row['kind']),
    config: json('config') as Record<string, unknown>,
    pins: json('pins') as DestinationPins,
    state: String(row['state']) as DestinationState,
    stateSince: String(row['state_since']),
    createdAt: String(row['created_at']),
    ...(lastProbe === undefined ? {} : { lastProbe }),
    ...(appendOnly === undefined ? {} : { appendOnly }),
  };
}
