// The channels of an instance: stored, with their secrets sealed.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { joinSecrets, readConfig, splitSecrets } from '../base/secret-schema.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import type { ChannelKind } from './channel.ts';
import { type ChannelFilter, channelFilter } from './filter.ts';
import { channelKind } from './kinds.ts';

/** A channel as stored. */
export interface StoredChannel {
  id: string;
  name: string;
  kind: ChannelKind<object>;
  isEnabled: boolean;
  filter: ChannelFilter;
  /**
   * Holds SecretStrings where its secrets are; opened when it is read.
   * @throws Failure `store.damaged-value` when the instance key does not fit.
   */
  readonly config: object;
  createdAt: Date;
}

/** How one receiver of a channel is doing. */
export interface TargetState {
  /** The server, or empty where the channel has one nameless receiver. */
  target: string;
  queued: number;
  deliveredAt?: Date;
  failingSince?: Date;
  /** What the last attempt ended with. */
  failure?: string;
  nextAttemptAt?: Date;
}

/** What a new channel needs. */
export interface NewChannel {
  name: string;
  kind: string;
  /** Plain values, as from a form; read by the kind's schema. */
  config: Record<string, unknown>;
  /** Instead of the kind's own filter, field by field. */
  filter?: Record<string, unknown>;
}

/** The channels of one instance. */
export interface Channels {
  /** @throws Failure `config.invalid`, `notify.channel-exists`, `notify.unknown-kind`. */
  add(channel: NewChannel): StoredChannel;
  list(): StoredChannel[];
  /** By name. @throws Failure `notify.no-such-channel`. */
  get(name: string): StoredChannel;
  states(channel: StoredChannel): TargetState[];
  /** Takes the channel away with everything that waits in it. @throws Failure `notify.no-such-channel`. */
  remove(name: string): void;
  /** A channel that is not enabled is told nothing, and keeps what waits. @throws Failure `notify.no-such-channel`. */
  setEnabled(name: string, isEnabled: boolean): void;
}

type Row = Record<string, unknown>;

/** The channels in this store. */
export function openChannels({ store, key, clock }: { store: Store; key: InstanceKey; clock: Clock }): Channels {
  const { database } = store;
  const purpose = (id: string): string => `channel:${id}`;
  const fromRow = (row: Row): StoredChannel => {
    const id = String(row['id']);
    const kind = channelKind(String(row['kind']));
    const openConfig = (): object => {
      const plain = JSON.parse(String(row['config'])) as Record<string, unknown>;
      const opened = key.open(purpose(id), row['secrets'] as Uint8Array);
      const secrets = JSON.parse(opened.toString('utf8')) as Record<string, string>;
      opened.fill(0);
      return readConfig(kind.config, joinSecrets({ plain, secrets }));
    };
    let config: object | undefined;
    return {
      id,
      name: String(row['name']),
      kind,
      isEnabled: row['is_enabled'] === 1,
      filter: readConfig(channelFilter, JSON.parse(String(row['filter']))),
      get config() {
        config ??= openConfig();
        return config;
      },
      createdAt: new Date(String(row['created_at'])),
    };
  };
  const channels: Channels = {
    add({ name, kind: kindName, config: values, filter = {} }) {
      if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name)) {
        throw new Failure('config.invalid', {
          message: `'${name}' cannot be the name of a channel`,
          hint: 'Use letters, digits, spaces, dots, dashes; at most 64, the first a letter or digit.',
        });
      }
      const kind = channelKind(kindName);
      const config = readConfig(kind.config, values);
      const wanted = readConfig(channelFilter, { ...kind.defaultFilter, ...filter });
      const { plain, secrets } = splitSecrets(config);
      const id = randomUUID();
      store.transaction(() => {
        if (database.prepare('SELECT 1 FROM channel WHERE name = ?').get(name) !== undefined) {
          throw new Failure('notify.channel-exists', {
            message: `there is a channel called '${name}' already`,
            hint: 'Give the new one another name, or remove the old one first.',
          });
        }
        database
          .prepare(
            'INSERT INTO channel (id, name, kind, is_enabled, filter, config, secrets, created_at) VALUES (?, ?, ?, 1, ?, ?, ?, ?)',
          )
          .run(
            id,
            name,
            kind.kind,
            JSON.stringify(wanted),
            JSON.stringify(plain),
            key.seal(purpose(id), JSON.stringify(secrets)),
            clock.now().toISOString(),
          );
        const addTarget = database.prepare('INSERT INTO channel_target (channel_id, target) VALUES (?, ?)');
        for (const target of kind.targets?.(config) ?? ['']) addTarget.run(id, target);
      });
      return channels.get(name);
    },
    list: () => database.prepare('SELECT * FROM channel ORDER BY name').all().map(fromRow),
    get(name) {
      const row = database.prepare('SELECT * FROM channel WHERE name = ?').get(name);
      if (row !== undefined) return fromRow(row);
      throw noSuchChannel(name);
    },
    states(channel) {
      const date = (value: unknown): Date | undefined => (typeof value === 'string' ? new Date(value) : undefined);
      return database
        .prepare(
          `SELECT *, (SELECT count(*) FROM channel_message AS waiting
             WHERE waiting.channel_id = state.channel_id AND waiting.target = state.target) AS queued
           FROM channel_target AS state WHERE channel_id = ? ORDER BY target`,
        )
        .all(channel.id)
        .map((row) => {
          const deliveredAt = date(row['delivered_at']);
          const failingSince = date(row['failing_since']);
          const nextAttemptAt = date(row['next_attempt_at']);
          return {
            target: String(row['target']),
            queued: Number(row['queued']),
            ...(deliveredAt === undefined ? {} : { deliveredAt }),
            ...(failingSince === undefined ? {} : { failingSince, failure: String(row['failure']) }),
            ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
          };
        });
    },
    remove(name) {
      const { changes } = database.prepare('DELETE FROM channel WHERE name = ?').run(name);
      if (changes === 0) throw noSuchChannel(name);
    },
    setEnabled(name, isEnabled) {
      const { changes } = database
        .prepare('UPDATE channel SET is_enabled = ? WHERE name = ?')
        .run(isEnabled ? 1 : 0, name);
      if (changes === 0) throw noSuchChannel(name);
    },
  };
  return channels;
}

function noSuchChannel(name: string): Failure {
  return new Failure('notify.no-such-channel', {
    message: `there is no channel called '${name}'`,
    hint: 'See `orbit channel list`.',
  });
}
