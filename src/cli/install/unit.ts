// The systemd unit of the service: a user of its own that may read everything to back it up, and write almost nothing.

/** Where things lie on the machine. */
export interface UnitPlaces {
  /** The program, `/usr/bin/orbit`. */
  program: string;
  listen?: string | undefined;
}

/** Name of the unit's file. */
export const unitName = 'orbit.service';
/** The user that the service runs as. */
export const serviceUser = 'orbit';
/** Its data folder. */
export const serviceHome = '/var/lib/orbit';

/** The unit's text. */
export function unitText({ program, listen }: UnitPlaces): string {
  return `[Unit]
Description=Orbit: break-glass and disaster-recovery backup
Documentation=man:orbit(1)
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=${quoted(program)} serve${listen === undefined ? '' : ` --listen ${quoted(listen)}`}
User=${serviceUser}
Group=${serviceUser}
Environment=ORBIT_HOME=${serviceHome} XDG_CACHE_HOME=/var/cache/orbit
StateDirectory=orbit
StateDirectoryMode=0700
CacheDirectory=orbit
CacheDirectoryMode=0700
UMask=0077
Restart=on-failure
RestartSec=10
# A run that is under way is cancelled and told; what it stored is used by the next one.
TimeoutStopSec=90
KillSignal=SIGTERM

# What is backed up comes first.
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7

# It reads everything, to back it up; mounting shares takes more: orbit install --allow mounts.
AmbientCapabilities=CAP_DAC_READ_SEARCH
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
# Netlink tells the machine's own addresses, which listening on all of them asks for.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=setpriority ioprio_set chown fchown lchown fchownat
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a unit: a blank or a percent sign in a path means something to systemd. */
export function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\]/.test(text) ? `"${escaped}"` : escaped;
}
