// How long do 100,000 secrets with history take to be written to KDBX and read back, and in how much memory?
// `node bench/kdbx.bench.ts [COUNT]` prints our times beside kdbxweb's and keepassxc-cli's for the same data.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes, formatDuration } from '../src/base/quantities.ts';
import { readKdbx, writeKdbx } from '../src/kdbx/kdbx.ts';
import { makeKeyFile } from '../src/kdbx/key-file.ts';
import type { KdbxEntry, KdbxVersion } from '../src/kdbx/kdbx-types.ts';
import { nodeCrypto } from '../src/kdbx/node-crypto.ts';

const [role = 'all', countText = '100000', folder = ''] = ['write', 'read', 'kdbxweb-read'].includes(
  process.argv[2] ?? '',
)
  ? process.argv.slice(2)
  : ['all', process.argv[2] ?? '100000'];
const count = Number(countText);
const historyLength = 2;

function version(number: number, past: number): KdbxVersion {
  const digest = createHash('sha256').update(`${number} ${past}`).digest('base64url');
  return {
    fields: [
      { name: 'Title', value: `srv-${number}.example.org root`, isProtected: false },
      { name: 'UserName', value: `admin-${number % 997}`, isProtected: false },
      { name: 'Password', value: digest.slice(0, 24), isProtected: true },
      { name: 'URL', value: `ssh://srv-${number}.example.org:22`, isProtected: false },
      { name: 'Notes', value: 'Rotated every 90 days by the vault.', isProtected: false },
    ],
    tags: ['linux', `team-${number % 40}`],
    customData: [{ name: 'orbit', value: `{"type":"login","id":"vault/${number}"}` }],
    attachments: [],
    createdAt: new Date(1_600_000_000_000 + number * 1000),
    modifiedAt: new Date(1_700_000_000_000 + number * 1000 - past * 86_400_000),
  };
}

function* entries(): Iterable<KdbxEntry> {
  for (let number = 0; number < count; number += 1) {
    const history = Array.from({ length: historyLength }, (_, past) => version(number, historyLength - past));
    yield {
      ...version(number, 0),
      uuid: number.toString(16).padStart(32, '0'),
      groups: ['Servers', `team-${number % 40}`],
      history,
    };
  }
}

function report(what: string, ms: number, peakKiB?: number, more = ''): void {
  const peak = peakKiB === undefined ? '' : `, peak ${formatBytes(peakKiB * 1024)}`;
  console.log(`${what.padEnd(28)} ${formatDuration(ms)}${peak}${more}`);
}

if (role === 'write') {
  const start = performance.now();
  const bytes = await writeKdbx(
    entries(),
    { keyFile: readFileSync(join(folder, 'key')) },
    { kdf: { kind: 'aes', rounds: 1 } },
  );
  report('orbit write', performance.now() - start, process.resourceUsage().maxRSS, `, ${formatBytes(bytes.length)}`);
  writeFileSync(join(folder, 'kit.kdbx'), bytes);
} else if (role === 'read') {
  const bytes = readFileSync(join(folder, 'kit.kdbx'));
  const start = performance.now();
  const database = await readKdbx(bytes, { keyFile: readFileSync(join(folder, 'key')) });
  let seen = 0;
  for await (const entry of database.entries()) seen += entry.history.length === historyLength ? 1 : 0;
  if (seen !== count) throw new Error(`read ${seen} of ${count} entries`);
  report('orbit read', performance.now() - start, process.resourceUsage().maxRSS);
} else if (role === 'kdbxweb-read') {
  const { default: kdbxweb } = await import('kdbxweb');
  const bytes = readFileSync(join(folder, 'kit.kdbx'));
  const exact = (from: Uint8Array): ArrayBuffer => new Uint8Array(from).buffer;
  const credentials = new kdbxweb.Credentials(null, exact(readFileSync(join(folder, 'key'))));
  let start = performance.now();
  const database = await kdbxweb.Kdbx.load(exact(bytes), credentials);
  report('kdbxweb read', performance.now() - start, process.resourceUsage().maxRSS);
  start = performance.now();
  await database.save();
  report('kdbxweb write', performance.now() - start, process.resourceUsage().maxRSS);
} else {
  const work = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
  try {
    writeFileSync(join(work, 'key'), await makeKeyFile(nodeCrypto, randomBytes(32)));
    console.log(`${count} secrets, ${historyLength} earlier versions each`);
    for (const part of ['write', 'read', 'kdbxweb-read']) {
      const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), part, String(count), work], {
        stdio: ['ignore', 'inherit', 'ignore'],
      });
      if (run.status !== 0) console.log(`${part} failed (${run.status ?? run.signal}; SIGABRT is out of memory)`);
    }
    const start = performance.now();
    const args = ['db-info', '-q', '--no-password', '--key-file', join(work, 'key'), join(work, 'kit.kdbx')];
    const run = spawnSync('keepassxc-cli', args, { encoding: 'utf8' });
    report(run.status === 0 ? 'keepassxc-cli read' : 'keepassxc-cli failed', performance.now() - start);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
