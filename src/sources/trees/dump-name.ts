// Names of dumps: a database may be called anything, a file may not.

/** The name as a file's: letters, digits, dots, dashes and underscores stay, every other byte becomes `%XX`. */
export function dumpName(name: string): string {
  const escaped = [...Buffer.from(name)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  const text = escaped.join('');
  return text.startsWith('.') ? `%2E${text.slice(1)}` : text;
}

/**
 * Names in the order in which they go back: first those of `first`, in its order, then the others as they were. What
 * nobody ordered keeps the documented order: `mt4` before `senhasegura`.
 */
export function inOrder<Item extends { name: string }>(items: readonly Item[], first: readonly string[]): Item[] {
  const wanted = [...first, 'mt4', 'senhasegura'];
  const rank = ({ name }: Item): number => (wanted.includes(name) ? wanted.indexOf(name) : wanted.length);
  return items.toSorted((a, b) => rank(a) - rank(b));
}
