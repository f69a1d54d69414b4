// restic keeps Go's os.FileMode, not st_mode: permissions are the same nine bits, everything else lies elsewhere.

/** What an entry of a folder is, in restic's words (internal/data/node.go). */
export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket' | 'irregular';

// Go io/fs, FileMode; high bits are written as multiplications because 1 << 31 is negative in JavaScript.
const goBits = {
  folder: 0x8000_0000,
  symlink: 0x0800_0000,
  device: 0x0400_0000,
  pipe: 0x0200_0000,
  socket: 0x0100_0000,
  setuid: 0x0080_0000,
  setgid: 0x0040_0000,
  charDevice: 0x0020_0000,
  sticky: 0x0010_0000,
  irregular: 0x0008_0000,
} as const;

const typeBits: Record<NodeType, number> = {
  file: 0,
  dir: goBits.folder,
  symlink: goBits.symlink,
  dev: goBits.device,
  chardev: goBits.device + goBits.charDevice,
  fifo: goBits.pipe,
  socket: goBits.socket,
  irregular: goBits.irregular,
};

/** True when `text` is a type that restic knows. */
export function isNodeType(text: unknown): text is NodeType {
  return typeof text === 'string' && Object.hasOwn(typeBits, text);
}

// inode(7), "The file type and mode".
const statTypes = new Map<number, NodeType>([
  [0o100000, 'file'],
  [0o040000, 'dir'],
  [0o120000, 'symlink'],
  [0o060000, 'dev'],
  [0o020000, 'chardev'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
]);

/** The type that st_mode names. */
export function nodeTypeOf(statMode: number): NodeType {
  return statTypes.get(statMode & 0o170000) ?? 'irregular';
}

/** st_mode → Go's file mode, an unsigned 32-bit number. */
export function goMode(statMode: number): number {
  const special =
    (statMode & 0o4000 ? goBits.setuid : 0) +
    (statMode & 0o2000 ? goBits.setgid : 0) +
    (statMode & 0o1000 ? goBits.sticky : 0);
  return typeBits[nodeTypeOf(statMode)] + special + (statMode & 0o777);
}

/** Go's file mode → the twelve bits that chmod(2) takes: permissions, setuid, setgid, sticky. */
export function permissionBits(mode: number): number {
  return (
    (mode & 0o777) |
    (mode & goBits.setuid ? 0o4000 : 0) |
    (mode & goBits.setgid ? 0o2000 : 0) |
    (mode & goBits.sticky ? 0o1000 : 0)
  );
}
