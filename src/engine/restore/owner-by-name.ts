// Gives restored entries to the accounts of this machine that have the names they belonged to: numbers differ between machines.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TreeNode } from '../format/tree.ts';

/** The numbers of names on this machine; undefined for a name that it does not know. */
export interface AccountNumbers {
  user(name: string): number | undefined;
  group(name: string): number | undefined;
}

/** The node as it belongs here: by name where the name is known here, else by number as ever. */
export function ownedByName(node: TreeNode, numbers: AccountNumbers): TreeNode {
  const uid = node.user === undefined ? undefined : numbers.user(node.user);
  const gid = node.group === undefined ? undefined : numbers.group(node.group);
  return { ...node, uid: uid ?? node.uid, gid: gid ?? node.gid };
}

/** Asks the files of this machine, and for other names whatever it knows accounts from (LDAP and the like), each once. */
export function accountNumbers(): AccountNumbers {
  return { user: lookUp('/etc/passwd', 'passwd'), group: lookUp('/etc/group', 'group') };
}

function lookUp(file: string, database: 'passwd' | 'group'): (name: string) => number | undefined {
  const known = new Map<string, number | undefined>(readFileSync(file, 'utf8').split('\n').flatMap(numberOf));
  return (name) => {
    if (!known.has(name)) known.set(name, ask(database, name));
    return known.get(name);
  };
}

// passwd(5), group(5): the name is the first field, the number the third.
function numberOf(line: string): [string, number][] {
  const [name = '', , number = ''] = line.split(':');
  return name !== '' && /^\d{1,10}$/.test(number) ? [[name, Number(number)]] : [];
}

function ask(database: string, name: string): number | undefined {
  // getent takes a number for a number; a name that looks like one is none of its names.
  if (/^\d*$/.test(name)) return undefined;
  try {
    const line = execFileSync('getent', ['--', database, name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    return numberOf(line)[0]?.[1];
  } catch {
    return undefined;
  }
}
