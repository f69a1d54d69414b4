// What real syslog receivers have in common: started under a test's folder, they write each message as a line of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { waitForPort, waitUntil } from './ports.ts';

/** A receiver that is started and stopped, and what it got. */
export interface SyslogDaemon<Message> {
  /** Waits until `count` messages are there, and gives all. */
  received(count: number): Promise<Message[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Prepares a receiver: how it is started, the port that shows it is up, the file it writes to. */
export function syslogDaemon<Message>(
  { program, args, env }: { program: string; args: string[]; env?: Record<string, string> },
  port: number,
  receivedFile: string,
): SyslogDaemon<Message> {
  let stop: () => Promise<void> = async () => {};
  return {
    async start() {
      const child = spawn(program, args, {
        env: { PATH: `${process.env['PATH']}:/usr/sbin`, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const complaints: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
      const ended = once(child, 'close');
      stop = async () => {
        child.kill('SIGTERM');
        await ended;
      };
      await Promise.race([
        waitForPort(port),
        ended.then(() => Promise.reject(new Error(Buffer.concat(complaints).toString('utf8')))),
      ]);
    },
    stop: () => stop(),
    received: (count) =>
      waitUntil(async () => {
        const text = await readFile(receivedFile, 'utf8').catch(() => '');
        const whole = text
          .slice(0, text.lastIndexOf('\n') + 1)
          .split('\n')
          .slice(0, -1);
        return whole.length >= count ? whole.map((line) => JSON.parse(line) as Message) : undefined;
      }, `${count} syslog messages`),
  };
}
