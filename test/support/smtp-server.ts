// A mail server nobody here wrote (Debian's python3-aiosmtpd), which tells every mail it took.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TestCertificates } from './certificates.ts';
import { freePort, waitUntil } from './ports.ts';

/** A mail as the server understood it; `body` is decoded. */
export interface ReceivedMail {
  from: string;
  to: string[];
  tls: boolean;
  user: string | null;
  headers: Record<string, string>;
  body: string;
  /** As they were before they were packed for the mail. */
  attachments: { name: string; type: string; base64: string }[];
  raw: string;
}

/** A running mail server. Mails to `nobody@…` are refused. */
export interface SmtpTestServer {
  port: number;
  received(count: number): Promise<ReceivedMail[]>;
}

/** Starts a mail server on a free port (or this one) of 127.0.0.1; it ends with the test. */
export async function smtpServer(
  context: TestContext,
  tls: 'starttls' | 'tls' | 'none',
  certificates: TestCertificates,
  login: { user?: string; password?: string; token?: string; port?: number } = {},
): Promise<SmtpTestServer> {
  const { certificateFile: certificate, keyFile: key } = certificates;
  const port = login.port ?? (await freePort());
  const settings = JSON.stringify({ tls, certificate, key, ...login, port });
  // Debian's own Python: another one on the PATH does not see Debian's packages.
  const script = fileURLToPath(new URL('smtp-server.py', import.meta.url));
  const child = spawn('/usr/bin/python3', ['-W', 'ignore', script, settings], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  context.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await Promise.race([
    waitUntil(async () => lines[0], 'the mail server'),
    ended.then(() => Promise.reject(new Error(Buffer.concat(complaints).toString('utf8')))),
  ]);
  return {
    port,
    received: (count) =>
      waitUntil(async () => {
        const mails = lines.slice(1);
        return mails.length >= count ? mails.map((line) => JSON.parse(line) as ReceivedMail) : undefined;
      }, `${count} mails`),
  };
}
