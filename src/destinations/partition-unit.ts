// The systemd unit that brings a partition back when the machine starts.
import type { MountedSettings } from '../backends/mounted/mounted-backend.ts';

/** A unit: the name of its file, and its text. */
export interface Unit {
  name: string;
  text: string;
}

/**
 * For NFS a mount unit (systemd.mount(5)). For CIFS a service that has Orbit mount it: a mount unit would need the password
 * in a file, while Orbit keeps it sealed. `orbit` is the command with its path.
 */
export function partitionUnit(settings: MountedSettings, local: string, orbit: string, home: string): Unit {
  const about = `Description=Orbit backup partition ${plain(settings.location)} at ${plain(local)}`;
  const network = 'Wants=network-online.target\nAfter=network-online.target';
  if (settings.type === 'nfs') {
    const mount = [
      `What=${plain(settings.source)}`,
      `Where=${plain(local)}`,
      'Type=nfs',
      `Options=${plain(settings.options.join(','))},_netdev,nofail`,
    ];
    return {
      name: `${escapedPath(local)}.mount`,
      text: `[Unit]\n${about}\n${network}\n\n[Mount]\n${mount.join('\n')}\nTimeoutSec=60\n\n[Install]\nWantedBy=remote-fs.target\n`,
    };
  }
  const run = (what: string): string => `${quoted(orbit)} partition --local=${quoted(local)} ${what} --force`;
  const service = [
    'Type=oneshot',
    'RemainAfterExit=yes',
    `Environment=${quoted(`ORBIT_HOME=${home}`)}`,
    `ExecStart=${run('--remount')}`,
    `ExecStop=${run('--umount')}`,
  ];
  return {
    name: `orbit-partition-${escapedPath(local)}.service`,
    text: `[Unit]\n${about}\n${network}\n\n[Service]\n${service.join('\n')}\nTimeoutSec=120\n\n[Install]\nWantedBy=multi-user.target\n`,
  };
}

/** A path as systemd-escape(1) --path writes it. */
export function escapedPath(path: string): string {
  const trimmed = path.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
  if (trimmed === '') return '-';
  return [...Buffer.from(trimmed)]
    .map((byte, index) => {
      const char = String.fromCharCode(byte);
      if (char === '/') return '-';
      return /[A-Za-z0-9:_]/.test(char) || (char === '.' && index > 0)
        ? char
        : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

// `%` starts a specifier in every unit (systemd.unit(5)).
const plain = (text: string): string => text.replaceAll('%', '%%');

// `$` starts a variable in commands (systemd.service(5)).
function quoted(text: string): string {
  return `"${plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
}
