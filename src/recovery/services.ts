// Services of this machine that would be in the way of a recovery in place: which run, stopped before, started again after.
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure, isFailure, systemErrorCode } from '../base/failure.ts';
import { runProgram } from '../base/program.ts';
import type { ServerFacts } from '../sources/trees/recovery-facts.ts';

/** What runs here. */
export interface RunningServices {
  /** True when a systemd runs this machine, which can stop and start them. */
  hasSystemd: boolean;
  /** Of those asked for, in the order asked; empty without systemd, where nobody can tell. */
  running: string[];
}

const startMsMax = 300_000;

/** Asks systemd which of these units run. */
export async function runningServices(units: readonly string[]): Promise<RunningServices> {
  // In a container, a chroot or under another init, systemctl answers `offline`.
  const state = (await systemctl('is-system-running')).stdout.toString('utf8').trim();
  if (state === '' || state === 'offline' || state === 'unknown') return { hasSystemd: false, running: [] };
  const running: string[] = [];
  for (const unit of units) if ((await systemctl('is-active', '--quiet', unit)).exitCode === 0) running.push(unit);
  return { hasSystemd: true, running };
}

/** Stops them, those that start last first. @throws Failure `recovery.service-not-stopped` */
export async function stopServices(units: readonly string[]): Promise<void> {
  for (const unit of units.toReversed()) {
    const { exitCode, stderr } = await systemctl('stop', unit);
    if (exitCode === 0) continue;
    throw new Failure('recovery.service-not-stopped', {
      message: `${unit} could not be stopped: ${stderr.trim() || `systemctl ended with ${exitCode}`}`,
      hint: 'Nothing was overwritten. Stop it by hand and run the same command again.',
    });
  }
}

/** Starts them, by units as they are on disk now. Gives a line for each that does not start. */
export async function startServices(units: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  // Unit files may have come back with the other files.
  await systemctl('daemon-reload');
  for (const unit of units) {
    const { exitCode, stderr } = await systemctl('start', unit);
    if (exitCode !== 0) problems.push(`${unit} does not start: ${stderr.trim().split('\n')[0] ?? ''}`);
  }
  return problems;
}

/** The unit that runs a database server on systems with systemd. */
export function unitOf({ engine }: Pick<ServerFacts, 'engine'>): string {
  return `${engine}.service`;
}

// There is no socket, nobody listens at it, or it is no socket. Of whoever is too busy to answer nobody knows more than that.
const silences = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK', 'EPROTOTYPE', 'ENAMETOOLONG', 'EINVAL']);

/** True when somebody answers at the server's socket: its data must not be replaced under it. */
export async function isListening({
  engine,
  socket,
  port,
}: Pick<ServerFacts, 'engine' | 'socket' | 'port'>): Promise<boolean> {
  if (socket === '') return false;
  const path = engine === 'postgresql' ? join(socket, `.s.PGSQL.${port}`) : socket;
  return await new Promise<boolean>((resolve) => {
    const line = connect(path, () => {
      line.destroy();
      resolve(true);
    });
    line.on('error', (error) => resolve(!silences.has(systemErrorCode(error) ?? '')));
  });
}

/**
 * True as soon as nobody answers at the server's socket any more. Debian's postgresql.service stops at once, and the servers it
 * stands for some time after it.
 */
export async function fallsSilent(server: Parameters<typeof isListening>[0], patienceMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  while (await isListening(server)) {
    if (performance.now() >= giveUpAt) return false;
    await wait(200);
  }
  return true;
}

async function systemctl(...args: string[]) {
  try {
    return await runProgram('systemctl', ['--no-ask-password', ...args], { timeoutMs: startMsMax });
  } catch (error) {
    if (!isFailure(error, 'program.not-found') && !isFailure(error, 'program.timed-out')) throw error;
    return { exitCode: -1, stdout: Buffer.alloc(0), stderr: error.message };
  }
}
