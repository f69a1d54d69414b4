import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { type PostgresServer, startPostgresServer } from '../../test/support/postgres-server.ts';
import { testRepository } from '../../test/support/repository.ts';
import { needs } from '../../test/support/tools.ts';
import type { VirtualFile } from '../engine/backup/source-plan.ts';
import { prepareSystem } from '../sources/trees/system-source.ts';
import { drillDatabases } from './drill-databases.ts';
import { DrillLog } from './drill-log.ts';

const tools = needs('postgres', 'psql', 'pg_dump', 'pg_restore');
const skip = tools.skip || (process.getuid?.() === 0 ? false : 'needs root');

// A snapshot with the dumps of a real server, whose facts `change` may make worse.
async function drilled(
  context: TestContext,
  server: PostgresServer,
  change = (text: string): string => text,
): Promise<DrillLog> {
  const repository = await testRepository(context);
  const config = {
    host: server.socketFolder,
    port: server.port,
    account: 'nobody',
    user: server.user,
    password: server.password,
  };
  const source = { folders: [], excludes: [], commands: [], profiles: [{ name: 'pg', kind: 'postgresql', config }] };
  const prepared = await prepareSystem(source, { orbitVersion: 'orbit test' });
  const virtualFiles = prepared.virtualFiles.map((file): VirtualFile => {
    if (!('open' in file) || !file.path.endsWith('/recovery.json')) return file;
    return {
      path: file.path,
      async *open() {
        for await (const piece of file.open()) yield Buffer.from(change(Buffer.from(piece).toString('utf8')));
      },
    };
  });
  await repository.backup([], { virtualFiles });
  await prepared.close();
  const [snapshot] = await repository.snapshots();
  const log = new DrillLog();
  await repository.open((indexed) => drillDatabases(indexed, snapshot ?? assert.fail(), log));
  return log;
}

test('every dump is restored into a scratch server and its tables are counted; nothing of it stays', {
  skip,
}, async (context) => {
  const server = await startPostgresServer();
  context.after(() => server.remove());
  await server.sql('CREATE DATABASE vault');
  await server.sql('CREATE TABLE a (i int); CREATE TABLE b (i int); INSERT INTO a VALUES (1)', 'vault');
  const log = await drilled(context, server);
  const [step] = log.steps;
  assert.equal(step?.name, 'databases');
  assert.equal(step?.result, 'passed');
  assert.deepEqual([step?.facts['databases'], step?.facts['tables']], [2, 2], JSON.stringify(step));
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith('orbit-drill-')),
    [],
  );
  await assert.rejects(
    drilled(context, server, (text) => text.replace('"tables": 2', '"tables": 3')),
    failure('drill.tables-missing', /'vault' gave 2 tables of 3/),
  );
});
