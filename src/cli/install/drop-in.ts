// What the service may do beyond its unit, as a drop-in of systemd: written only when somebody asks for it.
import { quoted, unitName } from './unit.ts';

/** What can be allowed. */
export const allowances = ['mounts', 'btrfs', 'lvm', 'terminals'] as const;

/** One of them: mounting shares, holding file systems of that kind still, writing to the terminals of whoever is signed in. */
export type Allowance = (typeof allowances)[number];

/** What is asked for. */
export interface Allowed {
  allow: readonly Allowance[];
  /** Folders that it may write to, such as a destination on this machine. */
  write: readonly string[];
}

/** Where it lies. Orbit writes this file alone: what people write themselves (`systemctl edit`) stays beside it. */
export const dropInPath = `/etc/systemd/system/${unitName}.d/allowed.conf`;

// To mount, and to make snapshots.
const capabilities = 'CAP_DAC_READ_SEARCH CAP_SYS_ADMIN';
// A snapshot of btrfs lies in the folder it is of, whoever owns that.
const forBtrfs = 'CAP_DAC_OVERRIDE CAP_FOWNER';

/** The drop-in's text. */
export function dropInText({ allow, write }: Allowed): string {
  const lines = ['# Written by orbit install --allow/--write, which writes it anew.', '[Service]'];
  if (allow.some((what) => what !== 'terminals')) {
    const all = allow.includes('btrfs') ? `${capabilities} ${forBtrfs}` : capabilities;
    lines.push(`CapabilityBoundingSet=${all}`, `AmbientCapabilities=${all}`, 'SystemCallFilter=@mount');
  }
  if (allow.length > 0) lines.push('PrivateDevices=no');
  if (allow.includes('terminals')) lines.push('SupplementaryGroups=tty');
  // Whether the kernel has the module is read in /lib/modules; loading one takes CAP_SYS_MODULE, which it has not.
  if (allow.includes('mounts')) lines.push('ProtectKernelModules=no');
  // The programs that mount shares serve root only; so does LVM, which keeps its own records of every change.
  if (allow.includes('mounts') || allow.includes('lvm')) lines.push('User=root');
  if (allow.includes('lvm')) lines.push('ReadWritePaths=-/etc/lvm -/run/lvm -/run/lock/lvm');
  for (const folder of write) lines.push(`ReadWritePaths=${quoted(folder)}`);
  return `${lines.join('\n')}\n`;
}
