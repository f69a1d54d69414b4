import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type TestContext, test } from 'node:test';
import { programPath } from '../../../../scripts/install-test-tools.ts';
import { failure } from '../../../../test/support/failures.ts';
import { freePort, waitUntil } from '../../../../test/support/ports.ts';
import { preparedProfile } from '../../../../test/support/prepared-profile.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { needs } from '../../../../test/support/tools.ts';
import { bytesOf } from '../../../../test/support/virtual-files.ts';
import { openbaoRaft } from './openbao.ts';

async function snapshotOf(address: string, token: string): Promise<Buffer> {
  const prepared = await preparedProfile(openbaoRaft, { address, token });
  return await bytesOf(prepared.files[0] ?? assert.fail());
}

/** A real OpenBao with integrated storage, unsealed. */
async function raftServer(context: TestContext): Promise<{ address: string; token: string; call: typeof fetch }> {
  const folder = await temporaryFolder(context);
  mkdirSync(join(folder, 'raft'));
  const [port, cluster] = [await freePort(), await freePort()];
  const address = `http://127.0.0.1:${port}`;
  const config = {
    storage: { raft: { path: join(folder, 'raft'), node_id: 'one' } },
    listener: { tcp: { address: `127.0.0.1:${port}`, cluster_address: `127.0.0.1:${cluster}`, tls_disable: true } },
    api_addr: address,
    cluster_addr: `http://127.0.0.1:${cluster}`,
    disable_mlock: true,
  };
  writeFileSync(join(folder, 'bao.json'), JSON.stringify(config));
  const program = programPath('bao') ?? 'bao';
  const server = spawn(program, ['server', `-config=${join(folder, 'bao.json')}`], {
    stdio: 'ignore',
    env: { HOME: folder },
  });
  context.after(() => server.kill('SIGKILL'));
  const put = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${address}/v1/${path}`, { method: 'PUT', body: JSON.stringify(body) });
    return (await response.json()) as Record<string, unknown>;
  };
  const made = await waitUntil(
    async () => await put('sys/init', { secret_shares: 1, secret_threshold: 1 }).catch(() => undefined),
    'OpenBao',
  );
  const { keys, root_token: token } = made as { keys: [string]; root_token: string };
  await put('sys/unseal', { key: keys[0] });
  await waitUntil(async () => {
    const health = await fetch(`${address}/v1/sys/health`);
    return health.status === 200 ? true : undefined;
  }, 'the leader');
  return { address, token, call: fetch };
}

test('a real server gives a raft snapshot as it streams; a wrong token none', needs('bao'), async (context) => {
  const { address, token } = await raftServer(context);
  const archive = gunzipSync(await snapshotOf(address, token)).toString('latin1');
  for (const name of ['meta.json', 'state.bin', 'SHA256SUMS']) assert.ok(archive.includes(name), name);
  await assert.rejects(snapshotOf(address, 'wrong'), failure('profiles.no-raft-snapshot', /answered 403/));
});

test('an answer that breaks off is no snapshot', async (context) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half');
    setImmediate(() => response.destroy());
  }).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await waitUntil(async () => (server.address() === null ? undefined : true), 'the server');
  const { port } = server.address() as AddressInfo;
  await assert.rejects(snapshotOf(`http://127.0.0.1:${port}`, 'x'));
  await assert.rejects(snapshotOf('http://127.0.0.1:1', 'x'), failure('profiles.no-raft-snapshot'));
});
