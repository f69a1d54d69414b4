// Account names are asked for once per id: a tree has a million entries and five owners.

/** Asks `find` once per id. */
export function remember(find: (id: number) => string | undefined): (id: number) => string | undefined {
  const known = new Map<number, string | undefined>();
  return (id) => {
    if (!known.has(id)) known.set(id, find(id));
    return known.get(id);
  };
}
