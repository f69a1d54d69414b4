// Channel kind: dead-man ping. A watcher elsewhere is called after each good backup, and raises the alarm when the calls
// stop: the one alarm that still works when this machine is gone.
import { z } from 'zod';
import { field, secretText } from '../../base/secret-schema.ts';
import type { ChannelKind } from '../channel.ts';
import { sendRequest } from '../http.ts';
import { tlsFields } from '../tls.ts';

/** Settings of a dead-man ping. */
export const pingConfig = z.object({
  // Whoever knows the address can silence the alarm.
  url: secretText('Address', 'called with GET after each good run; https://hc-ping.com/… and the like'),
  method: field(z.enum(['GET', 'POST']).default('GET'), 'Method'),
  ...tlsFields,
});

/** Settings of a dead-man ping. */
export type PingConfig = z.infer<typeof pingConfig>;

/** The kind `ping`. Its filter's `kinds` says which backups count. */
export const ping: ChannelKind<PingConfig> = {
  kind: 'ping',
  title: 'Dead-man ping',
  config: pingConfig,
  defaultFilter: { minimumSeverity: 'emergency', also: ['backup.performed'], never: [], kinds: [] },
  // A call that comes late says "all is well now" of a moment long past.
  expiresAfterMs: 30 * 60_000,
  open(config, context) {
    return {
      async send(messages, operation) {
        // One call says it all; several good runs are no news for a watcher.
        await sendRequest(new URL(config.url.reveal()), {
          ...operation,
          method: config.method,
          name: 'the watcher',
          tls: config,
          headers: { 'user-agent': `orbit/${context.version}` },
        });
        for (const message of messages) operation.report?.({ type: 'delivered', message });
      },
    };
  },
};
