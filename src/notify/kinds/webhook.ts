// Channel kind: webhook, JSON signed with HMAC-SHA256 as the Standard Webhooks specification says, so that stock
// libraries verify it.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { eventKind, tellEvent } from '../../base/event.ts';
import { field, place, secretText } from '../../base/secret-schema.ts';
import type { SecretString } from '../../base/secret-string.ts';
import type { ChannelContext, ChannelKind, ChannelMessage } from '../channel.ts';
import { sendRequest } from '../http.ts';
import { tlsFields } from '../tls.ts';

/** Settings of a webhook. */
export const webhookConfig = z.object({
  url: place(field(z.url({ protocol: /^https?$/ }), 'Address', 'where the JSON is posted')),
  signingSecret: secretText('Signing secret', '`whsec_` and Base64, or any text; the receiver needs the same'),
  authorization: secretText('Authorization header', 'such as `Bearer …`, where the receiver asks for one').optional(),
  ...tlsFields,
});

/** Settings of a webhook. */
export type WebhookConfig = z.infer<typeof webhookConfig>;

/** The kind `webhook`. */
export const webhook: ChannelKind<WebhookConfig> = {
  kind: 'webhook',
  title: 'Webhook',
  config: webhookConfig,
  defaultFilter: { minimumSeverity: 'notice', also: [], never: [], kinds: [] },
  open(config, context) {
    const url = new URL(config.url);
    return {
      async send(messages, operation) {
        for (const message of messages) {
          const body = JSON.stringify(webhookBody(message, context));
          const seconds = Math.floor(Date.now() / 1000);
          await sendRequest(url, {
            ...operation,
            method: 'POST',
            name: `the webhook ${url.host}`,
            tls: config,
            body,
            headers: {
              'content-type': 'application/json; charset=utf-8',
              'user-agent': `orbit/${context.version}`,
              'webhook-id': message.id,
              'webhook-timestamp': String(seconds),
              'webhook-signature': webhookSignature(config.signingSecret, message.id, seconds, body),
              ...(config.authorization === undefined ? {} : { authorization: config.authorization.reveal() }),
            },
          });
          operation.report?.({ type: 'delivered', message });
        }
      },
    };
  },
};

/** What is posted for one event. */
export function webhookBody(message: ChannelMessage, context: ChannelContext): Record<string, unknown> {
  const { event } = message;
  const told = tellEvent(event, 'en');
  return {
    type: event.id,
    timestamp: event.at.toISOString(),
    data: {
      id: message.id,
      number: eventKind(event.id).number,
      severity: event.severity,
      title: told.title,
      message: event.message,
      ...(told.advice === undefined ? {} : { advice: told.advice }),
      facts: event.facts,
      host: context.hostName,
      product: 'Orbit',
      version: context.version,
    },
  };
}

/** `v1,` and Base64 of HMAC-SHA256 over `id.timestamp.body`; the timestamp is in seconds, so that replays can be refused. */
export function webhookSignature(secret: SecretString, id: string, seconds: number, body: string): string {
  const value = secret.reveal();
  const bytes = value.startsWith('whsec_') ? Buffer.from(value.slice(6), 'base64') : Buffer.from(value, 'utf8');
  const signature = createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`, 'utf8').digest('base64');
  bytes.fill(0);
  return `v1,${signature}`;
}
