// How long does a vault of 100,000 secrets take to import, list, search and read whole? Run: node bench/vault.bench.ts [COUNT]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { formatBytes, formatDuration } from '../src/base/quantities.ts';
import { SecretString } from '../src/base/secret-string.ts';
import type { SecretRecord } from '../src/sources/secrets/secret-record.ts';
import { openVault } from '../src/sources/secrets/vault/vault.ts';
import { openInstanceKey } from '../src/store/instance-key.ts';
import { openStore } from '../src/store/store.ts';
import { secretRecord } from '../test/support/secrets.ts';

const count = Number(process.argv[2] ?? 100_000);
const home = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
const store = openStore(home);
const vault = openVault(store, openInstanceKey(home), systemClock);

function* many(): Generator<SecretRecord> {
  for (let number = 0; number < count; number += 1) {
    yield secretRecord({
      id: `bench-${number}`,
      title: `Server ${number}`,
      username: 'root',
      url: `ssh://server-${number}.example`,
      password: new SecretString(`Tr0ub4dor&${number}`),
      notes: new SecretString('Ask the night shift before changing this one.'),
      groups: ['Servers', `Rack ${number % 100}`],
    });
  }
}

function measured<Result>(what: string, work: () => Result): Result {
  const started = performance.now();
  const result = work();
  console.log(`${what.padEnd(34)} ${formatDuration(performance.now() - started)}`);
  return result;
}

measured(`import ${count}`, () => vault.importAll(many()));
measured('import the same again', () => vault.importAll(many()));
measured('list', () => [...vault.list()].length);
measured('search one word', () => [...vault.list({ search: 'server-4711' })].length);
measured('ids', () => vault.ids().length);
measured('read all with their past', () => {
  let read = 0;
  for (const { password } of vault.records()) read += password.length > 0 ? 1 : 0;
  return read;
});
measured('show one by id', () => vault.show('bench-4711'));
measured('edit one', () => vault.edit('bench-4711', { password: new SecretString('new') }));
store.close();
console.log(`${'database file'.padEnd(34)} ${formatBytes(statSync(join(home, 'orbit.db')).size)}`);
console.log(`${'memory at most'.padEnd(34)} ${formatBytes(process.resourceUsage().maxRSS * 1024)}`);
rmSync(home, { recursive: true });
