// The disks of a runbook: file systems made anew under their old names, so that /etc/fstab and the boot loader find them.
import { dirname } from 'node:path';
import { formatBytes } from '../../base/quantities.ts';
import type { FileSystemFacts } from './recovery-facts.ts';
import { shellWord } from './runbook-commands.ts';

/** The commands, in the order of mounting. A person says first which new disk or volume each `$DISK` is. */
export function diskCommands(fileSystems: readonly FileSystemFacts[]): string[] {
  const devices = [...new Set(fileSystems.map(({ device }) => device))];
  const known = devices.filter((device) => fileSystems.some((each) => each.device === device && canMake(each)));
  const disk = (device: string): string => `"$DISK${known.indexOf(device) + 1}"`;
  const lines = known.map((device, at) => {
    const of = fileSystems.filter((each) => each.device === device);
    const bytes = Math.max(...of.map(({ usedBytes }) => usedBytes));
    return `export DISK${at + 1}=/dev/...  # ${device}: ${of.map(({ mount }) => mount).join(', ')}; ${formatBytes(bytes)} at least`;
  });
  const made = new Set<string>();
  const inOrder = fileSystems.toSorted((a, b) => a.mount.length - b.mount.length);
  for (const each of inOrder) {
    const { mount, device, type, root } = each;
    const folder = mount === '/' ? '"$TARGET"' : `"$TARGET"${shellWord(mount)}`;
    if (!canMake(each)) {
      lines.push(`# ${mount} was ${type} on ${device}: make it by hand and mount it at ${folder}`);
      continue;
    }
    // Of another type than btrfs, a second mount shows what is there already.
    if (made.has(device) && type !== 'btrfs') continue;
    if (!made.has(device)) lines.push(`${makeCommand(each)} ${disk(device)}`);
    made.add(device);
    lines.push(`mkdir -p ${folder}`);
    if (type === 'btrfs' && root !== undefined) {
      lines.push(`mount ${disk(device)} ${folder}`);
      lines.push(`mkdir -p ${folder}${shellWord(dirname(root))}`);
      lines.push(`btrfs subvolume create ${folder}${shellWord(root)}`);
      lines.push(`umount ${folder}`);
      lines.push(`mount -o ${shellWord(`subvol=${root}`)} ${disk(device)} ${folder}`);
    } else lines.push(`mount ${disk(device)} ${folder}`);
  }
  return lines;
}

const makers: Record<string, (facts: Pick<FileSystemFacts, 'uuid' | 'label'>) => string[]> = {
  ext2: (facts) => ['mkfs.ext2', '-q', ...option('-U', facts.uuid), ...option('-L', facts.label)],
  ext3: (facts) => ['mkfs.ext3', '-q', ...option('-U', facts.uuid), ...option('-L', facts.label)],
  ext4: (facts) => ['mkfs.ext4', '-q', ...option('-U', facts.uuid), ...option('-L', facts.label)],
  xfs: ({ uuid, label }) => [
    ...['mkfs.xfs', '-q', ...(uuid === undefined ? [] : ['-m', `uuid=${uuid}`])],
    ...option('-L', label),
  ],
  btrfs: (facts) => ['mkfs.btrfs', '-q', ...option('-U', facts.uuid), ...option('-L', facts.label)],
  vfat: ({ uuid, label }) => ['mkfs.vfat', ...option('-i', uuid?.replace('-', '')), ...option('-n', label)],
};

function canMake({ type, device }: FileSystemFacts): boolean {
  return makers[type] !== undefined && device.startsWith('/dev/');
}

function makeCommand(facts: FileSystemFacts): string {
  return (makers[facts.type]?.(facts) ?? []).map(shellWord).join(' ');
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
