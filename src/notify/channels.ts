// The channels of an instance: stored, with their secrets sealed.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { withKeptSecrets } from '../base/kept-secrets.ts';
import { configFields, joinSecrets, readConfig, splitSecrets } from '../base/secret-schema.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import type { ChannelKind } from './channel.ts';
import { keepTargets, targetsOf } from './channel-targets.ts';
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

/** A channel as a test message needs it, kept or not. */
export type ChannelDraft = Pick<StoredChannel, 'name' | 'kind' | 'config'>;

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
  filter?: Record<string, unknown> | undefined;
}

/** What is to be other; what is absent stays. */
export interface ChannelChange {
  /** All settings but secrets that stay; a secret that is null is given up. */
  config?: Record<string, unknown> | undefined;
  /** The whole filter; what it leaves out is as the kind has it. */
  filter?: Record<string, unknown> | undefined;
}

/** The channels of one instance. */
export interface Channels {
  /** A channel that is not kept, to be tested. @throws Failure `config.invalid`, `notify.unknown-kind`. */
  draft(channel: NewChannel): ChannelDraft;
  /** A channel as it would be. @throws Failure `config.invalid`, `config.secret-needed`, `notify.no-such-channel`. */
  changed(name: string, change: ChannelChange): ChannelDraft & Pick<StoredChannel, 'filter'>;
  /**
   * Changes what a channel is. What waits in it goes the new way, also where a server took the place of another; what waited for
   * a server that is gone is lost. @throws as `changed`
   */
  change(name: string, change: ChannelChange): StoredChannel;
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
  const sealed = (id: string, secrets: Record<string, string>): Uint8Array =>
    key.seal(purpose(id), JSON.stringify(secrets));
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
    draft({ name, kind: kindName, config }) {
      const kind = channelKind(kindName);
      return { name, kind, config: readConfig(kind.config, config) };
    },
    changed(name, { config, filter }) {
      const before = channels.get(name);
      const { kind } = before;
      return {
        name,
        kind,
        config:
          config === undefined
            ? before.config
            : withKeptSecrets(configFields(kind.config), splitSecrets(before.config), config, (values) =>
                readConfig(kind.config, values),
              ),
        filter: filter === undefined ? before.filter : readConfig(channelFilter, { ...kind.defaultFilter, ...filter }),
      };
    },
    change(name, change) {
      store.transaction(() => {
        const { id, config } = channels.get(name);
        const after = channels.changed(name, change);
        const { plain, secrets } = splitSecrets(after.config);
        database
          .prepare('UPDATE channel SET filter = ?, config = ? WHERE id = ?')
          .run(JSON.stringify(after.filter), JSON.stringify(plain), id);
        // The audit trail takes secrets that are sealed anew for other ones.
        if (!isDeepStrictEqual(secrets, splitSecrets(config).secrets))
          database.prepare('UPDATE channel SET secrets = ? WHERE id = ?').run(sealed(id, secrets), id);
        keepTargets(store, id, targetsOf(after));
      });
      return channels.get(name);
    },
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
            sealed(id, secrets),
            clock.now().toISOString(),
          );
        keepTargets(store, id, targetsOf({ kind, config }));
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
