// What the tests of both syslog receivers share: a message with everything that needs an escape, and a server that lives as long as its file.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { orbitEvent } from '../../src/base/event.ts';
import type { ChannelMessage } from '../../src/notify/channel.ts';
import { type TestCertificates, makeCertificates } from './certificates.ts';
import type { SyslogDaemon } from './syslog-daemon.ts';

/** Who sends. */
export const senderContext = { hostName: 'vault1', version: '1.2.3' };

const at = new Date('2026-11-23T05:00:07.250Z');

/** A lost destination, with characters that every format escapes. */
export function lostMessage(reason: string): ChannelMessage {
  const facts = { destination: 'cofre "São" ]\\', location: 'rsync://b:22/x', host: 'b', reason, since: at };
  return { id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', event: orbitEvent('destination.lost', facts, at) };
}

type Receiver<Message, Ports> = SyslogDaemon<Message> & { ports: Ports };

/** A receiver that runs while the tests of this file do. */
export interface ReceiverUnderTest<Message, Ports> {
  readonly server: Receiver<Message, Ports>;
  readonly certificates: TestCertificates;
  /** Waits until so many more came, and gives them. */
  fresh(count: number): Promise<Message[]>;
}

/** Starts a receiver before the tests of this file and ends it after them. */
export function receiverUnderTest<Message, Ports>(
  needed: { skip: string | false },
  make: (folder: string, certificates: TestCertificates) => Promise<Receiver<Message, Ports>>,
): ReceiverUnderTest<Message, Ports> {
  let folder = '';
  let certificates: TestCertificates;
  let server: Receiver<Message, Ports>;
  let receivedBefore = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbit-test-'));
    if (needed.skip !== false) return;
    certificates = await makeCertificates(folder);
    server = await make(folder, certificates);
    await server.start();
  });
  after(async () => {
    if (needed.skip === false) await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get server() {
      return server;
    },
    get certificates() {
      return certificates;
    },
    async fresh(count) {
      const all = await server.received(receivedBefore + count);
      const fresh = all.slice(receivedBefore);
      receivedBefore = all.length;
      return fresh;
    },
  };
}
