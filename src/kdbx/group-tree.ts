// Entries by their groups, as a KDBX document nests them.

/** A group with what stands for its own entries, and the groups in it. */
export interface GroupNode<Item> {
  name: string;
  path: string[];
  entries: Item[];
  groups: Map<string, GroupNode<Item>>;
}

/** An empty group. */
export function groupNode<Item>(path: string[]): GroupNode<Item> {
  return { name: path[path.length - 1] ?? '', path, entries: [], groups: new Map() };
}

/** The group at this path below `root`, made where it is missing. */
export function groupAt<Item>(root: GroupNode<Item>, path: readonly string[]): GroupNode<Item> {
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
