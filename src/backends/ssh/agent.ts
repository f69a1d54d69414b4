// An SSH agent with one key, inside this process: ssh can sign with it, and no private key is ever written to a file.
// Speaks the two requests that ssh makes (draft-miller-ssh-agent, sections 4.4 and 4.5) and refuses all others.
import { createPrivateKey } from 'node:crypto';
import { type Server, type Socket, createServer } from 'node:net';
import { type SshKeyPair, publicBlob, signForSsh } from './key-pair.ts';
import { SshReader, sshString, uint32 } from './wire.ts';

const requestIdentities = 11;
const identitiesAnswer = 12;
const signRequest = 13;
const signResponse = 14;
const failureAnswer = Buffer.of(5);
const maxRequestBytes = 256 * 1024;

/** A running agent. */
export interface SshAgent {
  close(): Promise<void>;
}

/** Listens at `socketPath` (below about 100 characters, in a folder only we may enter) until it is closed. */
export async function startSshAgent(socketPath: string, pair: SshKeyPair): Promise<SshAgent> {
  const key = createPrivateKey(pair.privateKey.reveal());
  const blob = publicBlob(key);
  const sockets = new Set<Socket>();

  function answer(request: Buffer): Buffer {
    const reader = new SshReader(request);
    const type = reader.byte();
    if (type === requestIdentities) {
      return Buffer.concat([Buffer.of(identitiesAnswer), uint32(1), sshString(blob), sshString('orbit')]);
    }
    if (type !== signRequest || !reader.string().equals(blob)) return failureAnswer;
    const data = reader.string();
    const signature = signForSsh(key, data, reader.uint32());
    return signature === undefined ? failureAnswer : Buffer.concat([Buffer.of(signResponse), sshString(signature)]);
  }

  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.unref();
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4) {
        const length = pending.readUInt32BE();
        if (length > maxRequestBytes) return void socket.destroy();
        if (pending.length < 4 + length) return;
        const request = pending.subarray(4, 4 + length);
        pending = pending.subarray(4 + length);
        try {
          socket.write(sshString(answer(request)));
        } catch {
          return void socket.destroy(); // A request that ends too early: whoever sent it is not ssh.
        }
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
