// Entries by their groups, as a KDBX document nests them.
import type { TapeRecord } from './tape.ts';

/** A group with its own entries and the groups in it. */
export interface GroupNode {
  name: string;
  path: string[];
  entries: TapeRecord[];
  groups: Map<string, GroupNode>;
}

/** An empty group. */
export function groupNode(path: string[]): GroupNode {
  return { name: path[path.length - 1] ?? '', path, entries: [], groups: new Map() };
}

/** The group at this path below `root`, made where it is missing. */
export function groupAt(root: GroupNode, path: readonly string[]): GroupNode {
  let group = root;
  for (const name of path) {
    let next = group.groups.get(name);
    if (next === undefined) {
      next = groupNode([...group.path, name]);
      group.groups.set(name, next);
    }
    group = next;
  }
  return group;
}
