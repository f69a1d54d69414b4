// Both databases by the same stories, against real servers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import { failure } from '../../../../../test/support/failures.ts';
import { mariadbPrograms, startMariadbServer } from '../../../../../test/support/mariadb-server.ts';
import { postgresPrograms, startPostgresServer } from '../../../../../test/support/postgres-server.ts';
import { everyPrintable, opened } from '../../../../../test/support/secrets.ts';
import { needs } from '../../../../../test/support/tools.ts';
import { systemClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { judgeCompleteness } from '../../completeness.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import { openVault } from '../../vault/vault.ts';

// The recipes that the manual recommends: what they grant must be enough, and no more.
const manual = readFileSync(new URL('../../../../../docs/sources/secrets.md', import.meta.url), 'utf8');
const recipeOf = (mark: string): string =>
  new RegExp(`\`\`\`sql\\n-- ${mark}\\n([^\`]+)\`\`\``).exec(manual)?.[1] ?? assert.fail(`no recipe for ${mark}`);
const password = `reader's: ${everyPrintable}`;

interface Server {
  sql(text: string, database?: string): Promise<string>;
  remove(): Promise<void>;
  settings: Record<string, unknown>;
  recipe: string;
  /** Lets the reader see the table of the contract. */
  grant: string;
  /** A text as a literal of this database. */
  literal(text: string): string;
  table: string;
}

const families: [string, string[], () => Promise<Server>][] = [
  [
    'postgresql',
    postgresPrograms,
    async () => {
      const server = await startPostgresServer();
      await server.sql('CREATE DATABASE pam');
      return {
        sql: (text, database = 'pam') => server.sql(text, database),
        remove: () => server.remove(),
        settings: { host: server.socketFolder, port: server.port, database: 'pam' },
        recipe: recipeOf('PostgreSQL'),
        grant: 'GRANT SELECT ON contract TO orbit',
        literal: (text) => `'${text.replaceAll("'", "''")}'`,
        table:
          'CREATE TABLE credentials (id int, title text, username text, password text, data text, host text, grp text, changed timestamptz, ends date, big bigint)',
      };
    },
  ],
  [
    'mariadb',
    mariadbPrograms,
    async () => {
      const server = await startMariadbServer();
      await server.sql('CREATE DATABASE pam');
      return {
        sql: (text, database = 'pam') => server.sql(text, database),
        remove: () => server.remove(),
        settings: { host: server.socket, port: server.port, database: 'pam' },
        recipe: recipeOf('MariaDB'),
        grant: "GRANT SELECT ON contract TO 'orbit'@'%'",
        // The client would make one line end of two in a text it reads.
        literal: (text) => `'${text.replaceAll(/['\\]/g, '\\$&').replaceAll('\r', '\\r')}'`,
        table:
          'CREATE TABLE credentials (id int, title text, username text, password text, data blob, host text, grp text, changed datetime, ends date, big bigint)',
      };
    },
  ],
];

for (const [kind, programs, start] of families) {
  describe(`a ${kind} query as a source`, needs(...programs), () => {
    let server: Server;
    const odd = `${everyPrintable}\ttab\nline\r\n NULL ß🔑 \u0001`;
    before(async () => {
      server = await start();
      const { literal } = server;
      await server.sql(server.table);
      await server.sql(
        `INSERT INTO credentials VALUES
          (1, 'db01', 'root', ${literal(odd)}, 'open', 'ssh://db01', 'Servers/Databases', '2026-03-01 08:00:00', '2027-01-01', 9007199254740993),
          (2, 'NULL', 'NULL', '', NULL, NULL, NULL, NULL, NULL, NULL)`,
      );
      await server.sql(server.recipe.replaceAll('THE PASSWORD', literal(password).slice(1, -1)));
    });
    after(() => server.remove());

    const columns = {
      query: 'SELECT * FROM orbit_secrets',
      urlColumn: 'host',
      groupColumn: 'grp',
      changedColumn: 'changed',
      expiresColumn: 'ends',
      fieldColumns: ['big'],
      openFieldColumns: ['data'],
    };
    const open = async (changes: Record<string, unknown> = {}) => {
      const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
      const settings = { ...server.settings, user: 'orbit', password, ...columns, ...changes };
      return await openSecretSource(kind, settings, { vault, clock: systemClock });
    };
    const read = async (changes: Record<string, unknown> = {}): Promise<SecretRecord[]> =>
      await Array.fromAsync((await open(changes)).read());

    describeSecretSource(kind, { skip: false }, async () => {
      await server.sql(
        `CREATE TABLE contract (id int, title text, username text, password text);
         INSERT INTO contract VALUES (1, 'odd', 'u', ${server.literal(everyPrintable)}), (2, 'b', 'u', 'two'), (3, 'c', 'u', 'three');`,
      );
      const rowsFrom4 = Array.from(
        { length: 56 },
        (_, index) => `(${index + 4}, 'row ${index + 4}', 'u', 'pw ${index + 4}')`,
      );
      await server.sql(`INSERT INTO contract VALUES ${rowsFrom4.join(', ')}`);
      await server.sql(server.grant);
      const rows = Array.from({ length: 56 }, (_, index) => ({
        title: `row ${index + 4}`,
        password: `pw ${index + 4}`,
      }));
      return {
        settings: {
          ...server.settings,
          host: '127.0.0.1',
          user: 'orbit',
          password,
          query: 'SELECT id, title, username, password FROM contract',
        },
        secrets: [
          { title: 'odd', password: everyPrintable },
          { title: 'b', password: 'two' },
          { title: 'c', password: 'three' },
          ...rows,
        ],
        wrong: { settings: { password: 'CANARY' }, code: 'secrets.not-authorised' },
        line: { port: Number(server.settings['port']), settings: (port) => ({ host: '127.0.0.1', port }) },
        takeOut: () => server.sql('DELETE FROM contract WHERE id = 1'),
      };
    });

    test('gives every row as a secret, whatever is in it, with no more than the manual grants', async () => {
      const records = await read();
      const { ids } = await (await open()).census();
      assert.deepEqual(judgeCompleteness({ census: ids, read: records.map(({ id }) => id) }).faults, []);
      const [first, second] = records;
      assert.equal(first?.password.reveal(), odd);
      assert.deepEqual([first.groups, first.url, first.id], [['Servers', 'Databases'], 'ssh://db01', '1']);
      assert.equal(first.changedAt.toISOString(), '2026-03-01T08:00:00.000Z');
      assert.equal(first.expiresAt?.toISOString(), '2027-01-01T00:00:00.000Z');
      assert.deepEqual(opened(first.fields), [
        { name: 'data', value: 'revealed:open', isProtected: false },
        { name: 'big', value: 'revealed:9007199254740993', isProtected: true },
      ]);
      assert.deepEqual([second?.title, second?.password.reveal(), second?.fields], ['NULL', '', []]);
      const { port } = server.settings;
      assert.deepEqual(opened(await read({ host: '127.0.0.1', port })), opened(records), 'by TCP as by the socket');
    });

    test('changes nothing, and cannot read beside the view', async () => {
      await assert.rejects(read({ query: 'SELECT * FROM credentials' }), failure('secrets.not-authorised'));
      const before = await server.sql('SELECT count(*) FROM credentials');
      const writing = 'SELECT id, title, username, password FROM orbit_secrets) t UNION (SELECT 1';
      await assert.rejects(read({ query: writing }), failure('secrets.bad-query'));
      assert.equal(await server.sql('SELECT count(*) FROM credentials'), before);
      for (const query of ['SELECT 1; DROP TABLE credentials', 'SELECT 1 \\! touch /tmp/x', 'SELECT 1\nsystem id']) {
        await assert.rejects(read({ query }), failure('config.invalid', /query/), query);
      }
    });

    test('a row without an id or with a time that is none is named, and the others are read', async (context) => {
      await server.sql("INSERT INTO credentials (id, title, grp) VALUES (NULL, 'lost', 'x'), (7, 'bad', 'CANARY')");
      context.after(() => server.sql("DELETE FROM credentials WHERE title IN ('lost', 'bad')"));
      const records: SecretRecord[] = [];
      const source = await open({ createdColumn: 'grp' });
      await assert.rejects(
        async () => {
          for await (const record of source.read()) records.push(record);
        },
        (error: Error) => {
          assert.doesNotMatch(`${error.message}${String(error.cause)}`, /CANARY/);
          return failure('secrets.unreadable', /3 secrets .*\b7\b/)(error);
        },
      );
      assert.deepEqual(
        records.map(({ id }) => id),
        ['2'],
      );
    });

    test('two rows of one id are found', async (context) => {
      await server.sql("INSERT INTO credentials (id, title) VALUES (9, 'twin'), (9, 'twin')");
      context.after(() => server.sql('DELETE FROM credentials WHERE id > 7'));
      const { ids } = await (await open()).census();
      const readIds = (await read()).map(({ id }) => id);
      assert.deepEqual(judgeCompleteness({ census: ids, read: readIds }).readTwice, ['9']);
    });

    test('a missing column and a server that is down each say what they are, without a secret', async () => {
      const safely = (code: string) => (error: Error) => {
        assert.doesNotMatch(`${error.message}${JSON.stringify(error)}${String(error.cause)}`, /CANARY/);
        return failure(code)(error);
      };
      await assert.rejects(read({ totpColumn: 'nowhere' }), safely('secrets.bad-query'));
      await assert.rejects(read({ host: '127.0.0.1', port: 1 }), safely('secrets.unreachable'));
      await assert.rejects(read({ host: 'db.example' }), failure('config.invalid', /authority/));
      const left = (await readdir('/dev/shm')).filter((name) => name.startsWith('orbit-sql-'));
      assert.deepEqual(left, [], 'no file with a password stays behind');
    });

    test('an error in the middle of the rows gives no complete answer', async () => {
      const failing = kind === 'postgresql' ? '1 / (2 - id)' : '(SELECT 1 UNION SELECT id)';
      const query = `SELECT id, title, username, password, host, grp, changed, ends, big, ${failing} AS data FROM orbit_secrets`;
      await assert.rejects(read({ query }), (error: Error) => failure('secrets.bad-query')(error));
    });
  });
}
