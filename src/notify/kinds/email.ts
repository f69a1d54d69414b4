// Channel kind: email over SMTP, text only, in English or Portuguese; good news comes as a digest.
import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { z } from 'zod';
import { severityNumber } from '../../base/event.ts';
import { field, place, secretText } from '../../base/secret-schema.ts';
import type { ChannelContext, ChannelKind, ChannelMessage, Letter } from '../channel.ts';
import { nextDigestAt } from '../mail/digest-time.ts';
import { isGoodNews } from '../mail/good-news.ts';
import type { OauthClient } from '../mail/oauth.ts';
import { withSmtp } from '../mail/smtp.ts';
import { digestMail, eventMail } from '../mail/texts.ts';
import { tlsFields } from '../tls.ts';

const address = z.email('an address such as ops@example.org');

/** Settings of an email channel. */
export const emailConfig = z
  .object({
    host: place(field(z.string().min(1), 'Mail server')),
    port: place(
      field(
        z.number().int().min(1).max(65_535).optional(),
        'Port',
        'when not given: 587 for starttls, 465 for tls, 25 for none',
      ),
    ),
    encryption: field(
      z.enum(['starttls', 'tls', 'none']).default('starttls'),
      'Encryption',
      'starttls is insisted on: a server that does not offer it gets nothing',
    ),
    user: field(z.string().min(1).optional(), 'User'),
    password: secretText('Password').optional(),
    oauthTokenUrl: place(
      field(
        z
          .url({ protocol: /^https?$/ })
          .refine(
            (url) => url.startsWith('https:') || /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url),
            'an https address',
          )
          .optional(),
        'OAuth 2: token address',
        'sign in by OAuth 2 instead of a password',
      ),
    ),
    oauthClientId: field(z.string().min(1).optional(), 'OAuth 2: client id'),
    oauthClientSecret: secretText('OAuth 2: client secret').optional(),
    oauthRefreshToken: secretText('OAuth 2: refresh token', 'without one the client signs in for itself').optional(),
    oauthScope: field(z.string().min(1).optional(), 'OAuth 2: scope'),
    from: field(address, 'Sender'),
    to: field(z.array(address).min(1).max(100), 'Recipients'),
    language: field(z.enum(['en', 'pt']).default('en'), 'Language'),
    digest: field(
      z.enum(['daily', 'weekly', 'each', 'never']).default('daily'),
      'Good news',
      'successes: one mail a day, a week (Mondays), one each, or none',
    ),
    digestHour: field(z.number().int().min(0).max(23).default(7), 'Hour of the digest', "by this machine's clock"),
    ...tlsFields,
  })
  .refine((config) => config.encryption !== 'none' || (config.password ?? config.oauthTokenUrl) === undefined, {
    path: ['encryption'],
    message: 'a password or token is never sent in the clear; choose starttls or tls',
  })
  .refine((config) => (config.user === undefined) === ((config.password ?? config.oauthTokenUrl) === undefined), {
    path: ['password'],
    message: 'user and password (or OAuth 2) come together',
  })
  .refine((config) => config.password === undefined || config.oauthTokenUrl === undefined, {
    path: ['oauthTokenUrl'],
    message: 'give a password or OAuth 2, not both',
  })
  .refine((config) => (config.oauthTokenUrl === undefined) === (config.oauthClientId === undefined), {
    path: ['oauthClientId'],
    message: 'token address and client id come together',
  });

/** Settings of an email channel. */
export type EmailConfig = z.infer<typeof emailConfig>;

/** The kind `email`. */
export const email: ChannelKind<EmailConfig> = {
  kind: 'email',
  title: 'Email',
  config: emailConfig,
  defaultFilter: {
    minimumSeverity: 'warning',
    also: [
      'destination.back',
      'source.back',
      'channel.restored',
      'backup.performed',
      'drill.passed',
      'recovery.succeeded',
      'custodian.replaced',
    ],
    never: [],
    kinds: [],
  },
  digestAt(config, message, now) {
    if (!isGoodNews(message.event) || config.digest === 'each') return undefined;
    return config.digest === 'never' ? 'never' : nextDigestAt(now, config.digest, config.digestHour);
  },
  open(config, context) {
    const server = { ...config, oauth: oauthOf(config) };
    return {
      async send(messages, operation) {
        await withSmtp(server, context, operation, async (deliver) => {
          for (const message of messages) {
            await deliver(
              compose(config, context, message.id, eventMail(message.event, config.language, context), message),
            );
            operation.report?.({ type: 'delivered', message });
          }
        });
      },
      async sendDigest(messages, operation) {
        // The same messages give the same Message-ID, so that a repeated digest is known for what it is.
        const ids = messages.map((message) => message.id).join(' ');
        const id = `digest-${createHash('sha256').update(ids).digest('hex').slice(0, 32)}`;
        const mail = digestMail(
          messages.map((message) => message.event),
          config.language,
          context,
        );
        await withSmtp(server, context, operation, (deliver) => deliver(compose(config, context, id, mail)));
        for (const message of messages) operation.report?.({ type: 'delivered', message });
      },
      sendLetter: (letter, operation) =>
        withSmtp(server, context, operation, (deliver) => deliver(composeLetter(config, context, letter))),
    };
  },
};

function oauthOf(config: EmailConfig): OauthClient | undefined {
  const { oauthTokenUrl: tokenUrl, oauthClientId: clientId, oauthClientSecret: clientSecret } = config;
  if (tokenUrl === undefined || clientId === undefined) return undefined;
  return { tokenUrl, clientId, clientSecret, refreshToken: config.oauthRefreshToken, scope: config.oauthScope };
}

function compose(
  config: EmailConfig,
  context: ChannelContext,
  id: string,
  mail: { subject: string; text: string },
  message?: ChannelMessage,
): MailComposer {
  const isUrgent = message !== undefined && severityNumber(message.event.severity) <= severityNumber('error');
  return new MailComposer({
    ...shared(config, context, id),
    subject: mail.subject,
    text: mail.text,
    ...(message === undefined ? {} : { date: message.event.at }),
    headers: {
      ...automatic,
      ...(message === undefined ? {} : { 'X-Orbit-Event': message.event.id }),
      ...(isUrgent ? { Importance: 'high' } : {}),
    },
  });
}

function composeLetter(config: EmailConfig, context: ChannelContext, letter: Letter): MailComposer {
  const { id, subject, text, to, attachments } = letter;
  return new MailComposer({
    ...shared(config, context, id),
    ...(to.length === 0 ? {} : { to: [...to] }),
    subject,
    text,
    headers: automatic,
    attachments: attachments.map(({ name, type, content }) => ({ filename: name, contentType: type, content })),
  });
}

const automatic = { 'Auto-Submitted': 'auto-generated' };

function shared({ from, to }: EmailConfig, { hostName }: ChannelContext, id: string) {
  return {
    from: { name: `Orbit ${hostName}`, address: from },
    to,
    messageId: `<${id}@${hostName.replace(/[^A-Za-z0-9.-]/g, '-')}>`,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
