// A Debian system that runs: its own systemd as process 1, in namespaces of its own, with this checkout at /mnt/orbit.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasProgram } from '../../scripts/install-test-tools.ts';
import { runProgram } from '../../src/base/program.ts';
import { type DebianMachine, debianMissing } from './debian-machine.ts';

const namespaces = ['--mount', '--propagation', 'private', '--pid', '--uts', '--ipc', '--net', '--cgroup'];

/** Why no such machine can run here; false when it can. */
export function bootMissing(): string | false {
  const missing = debianMissing();
  if (missing !== false) return missing;
  if (!hasProgram('nsenter')) return 'needs nsenter';
  const tried = spawnSync('unshare', [...namespaces, '--fork', 'mount', '-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup']);
  return tried.status !== 0 && 'needs the right to make namespaces with control groups of their own';
}

// What systemd asks of whoever starts it in a container (systemd.io/CONTAINER_INTERFACE). The kernel's settings are for reading.
const boot = `root=$1
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in 'null c 1 3' 'zero c 1 5' 'full c 1 7' 'random c 1 8' 'urandom c 1 9' 'tty c 5 0'; do mknod -m 666 "$root/dev/"$device; done
mkdir -m 1777 "$root/dev/shm"
mkdir "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root/mnt/orbit" "$root/.outside"
mount --bind -o ro "$2" "$root/mnt/orbit"
cd "$root"
pivot_root . .outside
umount -l /.outside
exec env -i container=orbit-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=null --show-status=no systemd.unit=basic.target`;

const patienceMs = 120_000;

/** A machine that runs. */
export class BootedMachine {
  readonly #outside: ChildProcess;
  readonly #init: number;

  private constructor(outside: ChildProcess, init: number) {
    this.#outside = outside;
    this.#init = init;
  }

  /** Starts it and waits until it is up. Stop it. @throws Error with what it printed when it does not come up */
  static async boot({ root }: DebianMachine): Promise<BootedMachine> {
    // Whatever ends this process ends the machine.
    const outside = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'unshare', ...namespaces, '--fork', '--kill-child'],
        ...['sh', '-eu', '-c', boot, 'sh', root, process.cwd()],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    outside.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    const init = await childOf(outside);
    const machine = new BootedMachine(outside, init ?? 0);
    try {
      if (init === undefined) throw new Error(`systemd did not start: ${said}`);
      // Before it listens there is nobody to ask.
      await machine.until('systemctl is-system-running --wait', /^(running|degraded)$/m);
      return machine;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** Runs a shell script inside, as root. */
  async run(script: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const inside = ['-m', '-p', '-u', '-i', '-n', '-C'];
    const clean = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'];
    const ran = await runProgram('nsenter', ['-t', `${this.#init}`, ...inside, ...clean, 'sh', '-eu', '-c', script], {
      timeoutMs: 120_000,
      maxOutputBytes: 16 * 1024 * 1024,
    });
    return { exitCode: ran.exitCode ?? -1, stdout: ran.stdout.toString('utf8'), stderr: ran.stderr };
  }

  /** The same. @throws Error with what it printed when it does not end with 0 */
  async sh(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(script);
    if (exitCode === 0) return stdout;
    throw new Error(`${script} ended with ${exitCode}: ${stdout}${stderr}`);
  }

  /** Asks until the script's output matches. @throws Error with what it printed last when that takes two minutes */
  async until(script: string, wanted: RegExp): Promise<string> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const { stdout, stderr } = await this.run(script);
      if (wanted.test(stdout)) return stdout;
      if (performance.now() > deadline) throw new Error(`${script} never said ${wanted}: ${stdout}${stderr}`);
      await sleep(100);
    }
  }

  /** Ends all of it at once. */
  async stop(): Promise<void> {
    if (this.#outside.exitCode !== null || this.#outside.signalCode !== null) return;
    const gone = once(this.#outside, 'exit');
    this.#outside.kill('SIGKILL');
    await gone;
  }
}

// The first process of the new namespace, by its number out here.
async function childOf(parent: ChildProcess): Promise<number | undefined> {
  while (parent.exitCode === null) {
    try {
      const child = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim();
      if (child !== '') return Number(child.split(' ')[0]);
    } catch {
      return undefined;
    }
    await sleep(20);
  }
  return undefined;
}
