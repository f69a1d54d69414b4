// One SSH connection to a server, made once and shared by every program that talks to it: rsync, SFTP.
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { runProgram } from '../../base/program.ts';
import { abortable } from '../abortable.ts';
import { refused, timedOut, unreachable } from '../failures.ts';
import { type SshAgent, startSshAgent } from './agent.ts';
import type { HostKey } from './host-key.ts';
import type { SshKeyPair } from './key-pair.ts';
import { lastWords, sshFailure } from './ssh-failures.ts';

/** Where to and as whom. */
export interface SshTarget {
  host: string;
  /** 1 to 65535. */
  port: number;
  user: string;
  key: SshKeyPair;
  /** The only host key that is accepted. */
  hostKey: HostKey;
  /** How long making a connection may take. Default 10. */
  connectTimeoutSeconds?: number;
  /** Silence after which a question is sent, and how many may stay unanswered: 15 × 3 by default. */
  aliveIntervalSeconds?: number;
}

/** An open connection. Programs run in `folder` as `ssh -F config target …`: no value of ours needs quoting anywhere. */
export interface SshConnection {
  /** Private, holds only public things and sockets. */
  readonly folder: string;
  /** Connects unless that was done. @throws Failure `backend.unreachable|timeout|auth|host-key-changed|refused`. */
  connect(options?: Operation): Promise<void>;
  /** Ends the connection and removes the folder. May be called twice. */
  close(): Promise<void>;
}

// The connection ends by itself when Orbit was killed and nobody used it for so long.
const persistSeconds = 60;

/** Prepares a connection; nothing is sent before `connect`. @throws Failure `backend.bad-address`. */
export async function openSshConnection(target: SshTarget, location: string): Promise<SshConnection> {
  checkAddress(target);
  const base = tmpdir().length < 60 ? tmpdir() : '/tmp'; // A socket's path may have 107 bytes.
  const folder = await mkdtemp(join(base, 'orbit-ssh-'));
  let agent: SshAgent;
  try {
    agent = await startSshAgent(join(folder, 'agent'), target.key);
    await writeFile(join(folder, 'id.pub'), `${target.key.publicLine}\n`, { mode: 0o600 });
    await writeFile(join(folder, 'known_hosts'), `orbit ${target.hostKey.type} ${target.hostKey.blob}\n`);
    await writeFile(join(folder, 'config'), configText(target));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  let closed = false;
  let connecting: Promise<void> | undefined;

  // Two masters at once would both stay, one of them unknown to everybody.
  async function connectOnce(): Promise<void> {
    const isConnected = await access(join(folder, 'mux')).then(
      () => true,
      () => false,
    );
    if (isConnected) return;
    const timeoutMs = ((target.connectTimeoutSeconds ?? 10) * 2 + 5) * 1000;
    const result = await runProgram('ssh', ['-F', 'config', '-f', '-N', '-M', 'target'], {
      cwd: folder,
      timeoutMs,
    }).catch((error: unknown) => {
      throw isFailure(error, 'program.timed-out') ? timedOut(location, timeoutMs / 1000, error) : error;
    });
    if (result.exitCode === 0) return;
    // A line that is cut while both sides greet each other ends ssh without a word; whoever refuses says something.
    if (result.stderr.toString().trim() === '') throw unreachable(location);
    throw sshFailure(location, result.stderr) ?? refused(location, 'let Orbit in', lastWords(result.stderr));
  }

  return {
    folder,
    async connect(options = {}) {
      connecting ??= connectOnce().finally(() => {
        connecting = undefined;
      });
      await abortable(connecting, options.signal);
    },
    async close() {
      if (closed) return;
      closed = true;
      await connecting?.catch(() => {});
      // Answers "no such socket" when there is no connection: nothing to end then.
      await runProgram('ssh', ['-F', 'config', '-O', 'exit', 'target'], { cwd: folder, timeoutMs: 10_000 }).catch(
        () => {},
      );
      await agent.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// What OpenSSH offers, the ciphers first that processors compute themselves: most of the time of a transfer goes into them.
// Relative names are relative to `folder`, where every ssh of this connection is started.
function configText(target: SshTarget): string {
  const aliveSeconds = target.aliveIntervalSeconds ?? 15;
  const algorithms = target.hostKey.type === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : target.hostKey.type;
  // ssh_config(5), TOKENS: a per cent sign stands for itself when there are two, as in the scope of a link-local address.
  return `Host target
  HostName ${target.host.replace('%', '%%')}
  Port ${target.port}
  User ${target.user}
  IdentityFile id.pub
  IdentityAgent agent
  IdentitiesOnly yes
  PreferredAuthentications publickey
  BatchMode yes
  StrictHostKeyChecking yes
  UserKnownHostsFile known_hosts
  GlobalKnownHostsFile /dev/null
  HostKeyAlias orbit
  HostKeyAlgorithms ${algorithms}
  UpdateHostKeys no
  CheckHostIP no
  ConnectTimeout ${target.connectTimeoutSeconds ?? 10}
  ServerAliveInterval ${aliveSeconds}
  ServerAliveCountMax 3
  ClearAllForwardings yes
  ForwardAgent no
  RequestTTY no
  EscapeChar none
  Ciphers ^aes128-gcm@openssh.com,aes256-gcm@openssh.com
  PermitLocalCommand no
  LogLevel ERROR
  ControlMaster auto
  ControlPath mux
  ControlPersist ${persistSeconds}
`;
}

/** @throws Failure `backend.bad-address` unless host, port and user can be given to ssh without meaning something else. */
export function checkAddress(target: { host: string; port: number; user: string }): void {
  const isHost = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$|^[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,16})?$/.test(target.host);
  // ssh itself refuses the characters of a shell in a user's name.
  const isUser =
    /^[^\s\p{C}-][^\s\p{C}'"`$\\;&<>|(){}#%]{0,127}$/u.test(target.user) && !/^['"`$\\;&<>|(){}#%]/.test(target.user);
  const isPort = Number.isInteger(target.port) && target.port >= 1 && target.port <= 65_535;
  if (isHost && isUser && isPort) return;
  throw new Failure('backend.bad-address', {
    message: `'${target.user}' at '${target.host}', port ${target.port}, is no address that SSH can use`,
    hint: 'The host is a name or an IP address, the port 1 to 65535, the user a login name without spaces or quotes.',
  });
}
