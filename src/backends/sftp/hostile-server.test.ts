// A server of SFTP that answers wrongly, by fault or on purpose: whatever it says, a call ends.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { listAll } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { type SshServer, startSshServer } from '../../../test/support/ssh-server.ts';
import { needs } from '../../../test/support/tools.ts';
import { openSshConnection } from '../ssh/connection.ts';
import { type SshKeyPair, createSshKeyPair } from '../ssh/key-pair.ts';
import { openSftpBackend } from './sftp-backend.ts';

const tools = needs('ssh', 'sshd');
let server: SshServer;
let key: SshKeyPair;

before(async () => {
  if (tools.skip) return;
  server = await startSshServer();
  key = await createSshKeyPair('ed25519', 'orbit');
});
after(() => server?.stop());

// Speaks as much of version 3 as is asked of it. `answers`: what it says to each type of request, without its number.
const script = (answers: string): string => `
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const text = (s) => Buffer.concat([u32(Buffer.byteLength(s)), Buffer.from(s)]);
const status = (code) => [101, u32(code), text(''), text('')];
const file = (size) => [105, u32(5), u64(size), u32(0o100600)];
const names = (...list) => [104, u32(list.length), ...list.flatMap(([n, mode]) => [text(n), text(''), u32(5), u64(1), u32(mode)])];
let times = 0;
const answers = {${answers}};
let rest = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
    const body = rest.subarray(4, 4 + rest.readUInt32BE());
    rest = rest.subarray(4 + body.length);
    const say = (type, ...parts) => {
      const all = Buffer.concat([Buffer.of(type), ...parts]);
      process.stdout.write(Buffer.concat([u32(all.length), all]));
    };
    if (body[0] === 1) say(2, u32(3));
    else {
      times += 1;
      const [type, ...parts] = answers[body[0]]?.() ?? (body[0] === 3 || body[0] === 11 ? [102, text('h')] : status(0));
      say(type, body.subarray(1, 5), ...parts);
    }
  }
});
`;

async function backendOf(context: TestContext, answers: string) {
  const path = join(server.folder, 'hostile.cjs');
  await writeFile(path, script(answers));
  await server.authorize(`restrict,command="${process.execPath} ${path}" ${key.publicLine}`);
  const connection = await openSshConnection({ ...server, key }, 'there');
  const backend = await openSftpBackend({ location: 'there', connection, path: '/x', timeoutSeconds: 20 });
  context.after(() => backend.close());
  return backend;
}

const folder = '0o040700';

test('a file of which no byte ever comes is given up', tools, async (context) => {
  const backend = await backendOf(context, '17: () => file(10), 5: () => [103, u32(0)]');
  await assert.rejects(backend.load('a'), failure('backend.protocol', /without a byte/));
});

test('a file of any size that a number can tell is not believed', tools, async (context) => {
  const backend = await backendOf(context, '17: () => file(2n ** 52n)');
  await assert.rejects(backend.load('a'), failure('backend.too-large'));
});

test('a listing without end is given up, be it long, empty or deep', tools, async (context) => {
  const empty = await backendOf(context, `17: () => file(1), 12: () => names()`);
  await assert.rejects(listAll(empty), failure('backend.protocol', /listing without end/));
  const deep = await backendOf(
    context,
    `17: () => file(1), 12: () => (times % 4 === 2 ? names(['a', ${folder}]) : status(1)), 4: () => { times = 0; return status(0); }`,
  );
  await assert.rejects(listAll(deep), failure('backend.protocol', /folders within folders/));
});

test('names that lead elsewhere are no objects', tools, async (context) => {
  const many = ['..', '.', 'a/b', '../c', 'd\\ne', '', 'f'].map((name) => `['${name}', 0o100600]`).join(',');
  const backend = await backendOf(context, `12: () => (times === 2 ? names(${many}) : status(1))`);
  assert.deepEqual(
    (await listAll(backend)).map(({ key: name }) => name),
    ['f'],
  );
});
