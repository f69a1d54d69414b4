// One SMTP connection for a batch of mails: connect, encrypt, sign in, hand over each, quit.
import { type Note, note } from '../../base/note.ts';
import { TLSSocket } from 'node:tls';
import type MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretString } from '../../base/secret-string.ts';
import type { ChannelContext, DeliveryEvent, LetterReceipt } from '../channel.ts';
import { answerWithinMs, placeName } from '../connect.ts';
import { type OauthClient, accessToken, xoauth2 } from './oauth.ts';
import { type TlsConfig, connectionFailure, connectedTo, describeTls, tlsOptions } from '../tls.ts';

/** What is needed of an email channel's settings to reach its server. */
export interface SmtpServer extends TlsConfig {
  host: string;
  port?: number | undefined;
  encryption: 'starttls' | 'tls' | 'none';
  user?: string | undefined;
  password?: SecretString | undefined;
  /** Instead of a password. */
  oauth?: OauthClient | undefined;
}

/** Hands one mail to the server. Resolves when the server has taken responsibility for it, with those it took it for. */
export type DeliverMail = (mail: MailComposer) => Promise<LetterReceipt>;

interface SendInfo {
  accepted: string[];
  rejected: string[];
  response: string;
  rejectedErrors?: Error[] | undefined;
}

const defaultPorts = { starttls: 587, tls: 465, none: 25 };

/**
 * Opens a connection, lets `work` deliver over it, and ends it.
 * @throws Failure `notify.unreachable`, `notify.untrusted`, `notify.not-authorised`, `notify.refused`.
 */
export async function withSmtp<Result>(
  server: SmtpServer,
  context: ChannelContext,
  operation: Operation<DeliveryEvent>,
  work: (deliver: DeliverMail) => Promise<Result>,
): Promise<Result> {
  const { signal, report } = operation;
  signal?.throwIfAborted();
  const port = server.port ?? defaultPorts[server.encryption];
  const name = `the mail server ${placeName({ host: server.host, port })}`;
  const step = (what: Note): void => report?.({ type: 'step', note: what });
  const token = server.oauth === undefined ? undefined : await accessToken(server.oauth, server, operation);
  const connection = new SMTPConnection({
    host: server.host,
    port,
    name: context.hostName,
    secure: server.encryption === 'tls',
    requireTLS: server.encryption === 'starttls',
    ignoreTLS: server.encryption === 'none',
    tls: tlsOptions(server, server.host),
    connectionTimeout: answerWithinMs,
    greetingTimeout: answerWithinMs,
    socketTimeout: answerWithinMs,
  });
  const abort = (): void => connection.close();
  signal?.addEventListener('abort', abort, { once: true });
  let fail: (error: Error) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => (fail = reject));
  broken.catch(() => {});
  connection.on('error', (error: Error) => fail(error));
  connection.on('end', () => fail(new Error('the server ended the connection')));
  const ask = <Answer>(call: (done: (error?: Error | null, answer?: Answer) => void) => void): Promise<Answer> =>
    Promise.race([
      broken,
      new Promise<Answer>((resolve, reject) => {
        call((error, answer) => (error ? reject(error) : resolve(answer as Answer)));
      }),
    ]);
  try {
    await ask((done) => connection.connect(done));
    const socket = connection._socket;
    if (socket) step(connectedTo(placeName({ host: server.host, port }), socket));
    step(socket instanceof TLSSocket ? describeTls(socket) : note('channel.in-the-clear'));
    if (server.user !== undefined && token !== undefined) {
      const user = server.user;
      const oauth2 = {
        getToken: (_renew: boolean, done: (error: Error | null, token: string) => void) => done(null, token),
        buildXOAuth2Token: (given: string) => xoauth2(user, given),
      };
      await ask((done) => connection.login({ user, oauth2 } as Parameters<typeof connection.login>[0], done));
      step(note('channel.signed-in-by-oauth', { user }));
    } else if (server.user !== undefined && server.password !== undefined) {
      const credentials = { user: server.user, pass: server.password.reveal() };
      await ask((done) => connection.login({ credentials }, done));
      step(note('channel.signed-in', { user: server.user }));
    }
    const result = await work(async (mail) => {
      const node = mail.compile();
      const message = await node.build();
      const envelope = node.getEnvelope();
      const info = await ask<SendInfo>((done) => connection.send(envelope, message, done));
      step(note('channel.mail-taken', { answer: info.response }));
      for (const error of info.rejectedErrors ?? []) step(note('channel.recipient-refused', { reason: error.message }));
      return { recipients: info.accepted, refused: info.rejected };
    });
    connection.quit();
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw smtpFailure(name, error);
  } finally {
    signal?.removeEventListener('abort', abort);
    connection.close();
  }
}

function smtpFailure(name: string, error: unknown): Failure {
  if (!(error instanceof Error) || error instanceof Failure) return connectionFailure(name, error);
  const { code, responseCode } = error as Error & { code?: string; responseCode?: number };
  if (code === 'EAUTH' || responseCode === 530 || responseCode === 535) {
    return new Failure('notify.not-authorised', {
      message: `${name} did not let us in: ${error.message}`,
      hint: 'Check user and password of the channel, and that the server allows this way of signing in.',
      cause: error,
    });
  }
  if (responseCode !== undefined && responseCode >= 500) {
    return new Failure('notify.refused', {
      message: `${name} refused the mail: ${error.message}`,
      hint: 'Check the sender and the recipients, and that the server relays for this machine.',
      cause: error,
    });
  }
  return connectionFailure(name, error);
}
