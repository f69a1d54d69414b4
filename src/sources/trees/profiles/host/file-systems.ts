// File systems of this machine: which hold data, how full they are, which are no disks at all.
import { readFileSync, statfsSync } from 'node:fs';
import { runProgram } from '../../../../base/program.ts';
import { literalPattern } from '../../../../engine/path-patterns.ts';
import type { FileSystemFacts } from '../../recovery-facts.ts';

// Kept by the kernel, or by another machine: nothing to back up with this one.
const notDisks =
  /^(proc|sysfs|devtmpfs|devpts|tmpfs|ramfs|cgroup2?|securityfs|pstore|bpf|tracefs|debugfs|configfs|fusectl|mqueue|hugetlbfs|autofs|binfmt_misc|efivarfs|rpc_pipefs|nsfs|nfs4?|cifs|smb3|9p|virtiofs|fuse\..*|fuse|squashfs|iso9660)$/;

const gib = 1024 ** 3;

// Made by the kernel as it is looked at: nothing to back up, whoever asks.
const kernels =
  /^(proc|sysfs|devtmpfs|devpts|cgroup2?|securityfs|pstore|bpf|tracefs|debugfs|configfs|fusectl|mqueue|hugetlbfs|autofs|binfmt_misc|efivarfs|rpc_pipefs|nsfs)$/;

/** One line of the table of mounts. */
export interface Mount {
  mount: string;
  device: string;
  type: string;
  /** Which folder of the file system is shown there, such as `/` or a btrfs subvolume. */
  root: string;
}

/** True when the kernel makes what is seen there. */
export function isKernels({ type }: Mount): boolean {
  return kernels.test(type);
}

/** What is mounted, in the order of mounting. */
export function mounts(table = readFileSync('/proc/self/mountinfo', 'utf8')): Mount[] {
  return table.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , , root, mount] = before?.split(' ') ?? [];
    const [type, device] = after?.split(' ') ?? [];
    if (root === undefined || mount === undefined || type === undefined || device === undefined) return [];
    return [{ mount: unescapeMount(mount), device: unescapeMount(device), type, root: unescapeMount(root) }];
  });
}

/** Those that hold data of this machine, with their sizes and names. */
export async function fileSystems(): Promise<FileSystemFacts[]> {
  const found = new Map<string, FileSystemFacts>();
  for (const { mount, device, type, root } of mounts()) {
    if (notDisks.test(type)) continue;
    try {
      const { blocks, bfree, bsize } = statfsSync(mount);
      // To whole GiB: a plan needs no more, and what is equal in two snapshots is stored once.
      const usedBytes = Math.ceil(((blocks - bfree) * bsize) / gib) * gib;
      const own = root === '/' ? {} : { root };
      found.set(mount, { mount, device, type, sizeBytes: blocks * bsize, usedBytes, ...own, ...(await names(device)) });
    } catch {
      // It went away, or is hidden below another mount.
    }
  }
  return [...found.values()];
}

async function names(device: string): Promise<Pick<FileSystemFacts, 'uuid' | 'label'>> {
  if (!device.startsWith('/dev/')) return {};
  const asked = await runProgram('blkid', ['-o', 'export', device], { timeoutMs: 10_000 }).catch(() => undefined);
  const text = asked?.stdout.toString('utf8') ?? '';
  const [uuid, label] = [/^UUID=(.+)$/m.exec(text)?.[1], /^LABEL=(.+)$/m.exec(text)?.[1]];
  return { ...(uuid === undefined ? {} : { uuid }), ...(label === undefined ? {} : { label }) };
}

/** Patterns that leave out what lies on anything that is no disk; the mount points themselves stay. */
export function notOnDisk(): string[] {
  const points = mounts().flatMap(({ mount, type }) => (notDisks.test(type) && mount !== '/' ? [mount] : []));
  return [...new Set(['/proc', '/sys', '/dev', '/run', ...points])].map((point) => `${literalPattern(point)}/*`);
}

// proc(5): blanks and the like are written in octal.
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
}
