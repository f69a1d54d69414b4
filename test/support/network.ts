// Faults that only a kernel can make: packets dropped without a word, and a neighbour that answers no ARP. Root only. The process, and
// whatever it starts, gets a network of its own: no other test sees its rules and addresses, and they end with it.
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { loadCLibrary } from '../../src/base/c-library.ts';
import { onlyRoot } from './small-disk.ts';

function ok(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

// linux/sched.h
const newNetwork = 0x4000_0000;

// Of this thread and the programs it starts; servers and their clients have to be started after it.
async function enterOwnNetwork(): Promise<boolean> {
  const unshare = (await loadCLibrary()).bind('int unshare(int flags)');
  return unshare(newNetwork) === 0 && spawnSync('ip', ['link', 'set', 'lo', 'up']).status === 0;
}

/** For a test's options: skips it where nobody may change the network. */
export const networkSkip: string | false =
  onlyRoot.skip ||
  ((await enterOwnNetwork()) && spawnSync('nft', ['list', 'tables']).status === 0
    ? false
    : 'needs nft and ip, and the right to use them');

/** Drops every packet to a port of loopback until the answer is called, or the test ends. */
export function dropPackets(context: TestContext, port: number): () => void {
  const table = `orbit_test_${port}`;
  const rules = `add table inet ${table}; add chain inet ${table} in { type filter hook input priority 0; }; add rule inet ${table} in tcp dport ${port} drop`;
  ok('nft', rules);
  let isDropping = true;
  const pass = (): void => {
    if (isDropping) ok('nft', `delete table inet ${table}`);
    isDropping = false;
  };
  context.after(pass);
  return pass;
}

let lonely = 0;

/** An address on a network of this machine where nobody answers: not even ARP. Gone when the test ends. */
export function lonelyAddress(context: TestContext): string {
  lonely += 1;
  const [name, far] = [`orbl${lonely}-${process.pid}`, `orbf${lonely}-${process.pid}`];
  const net = `10.${96 + (lonely % 32)}.${process.pid % 256}`;
  ok('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', far);
  context.after(() => ok('ip', 'link', 'del', name));
  ok('ip', 'addr', 'add', `${net}.1/24`, 'dev', name);
  ok('ip', 'link', 'set', name, 'up');
  ok('ip', 'link', 'set', far, 'up', 'arp', 'off');
  return `${net}.2`;
}
