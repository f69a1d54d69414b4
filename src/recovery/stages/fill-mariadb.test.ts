// A MariaDB server is made anew from its dumps, whatever the settings of the old one allowed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../../../test/support/ports.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import type { ServerFacts } from '../../sources/trees/recovery-facts.ts';
import { TargetRoot } from '../root.ts';
import { fillMariadb } from './fill-mariadb.ts';
import type { FilledDatabase } from './fill-postgresql.ts';

// PASSWORD('secret')
const passwordHash = '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7';

test(
  'a server whose root has a password comes back, and so does a row larger than a server takes by itself',
  needs('mariadbd', 'mariadb', 'mariadb-install-db'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const server = {
      account: 'root',
      dataFolder: join(folder, 'data'),
      globals: 'users',
      databases: [{ name: 'mt4', file: 'databases', tables: 1 }],
    } as ServerFacts;
    async function* read(path: string): AsyncGenerator<Uint8Array> {
      // As mariadb-dump writes it for a server whose root signs in with a password.
      if (path === 'users') return yield Buffer.from(rootWithPassword);
      yield Buffer.from(
        'CREATE DATABASE mt4; USE mt4; CREATE TABLE files (content LONGBLOB);\nINSERT INTO files VALUES (0x',
      );
      // As a dump writes nine million bytes: with two digits each.
      for (let part = 0; part < 9; part += 1) yield Buffer.alloc(2_000_000, '7');
      yield Buffer.from(');\n');
    }
    const rootWithPassword = `CREATE USER IF NOT EXISTS \`root\`@\`localhost\` IDENTIFIED BY PASSWORD '${passwordHash}';
GRANT ALL PRIVILEGES ON *.* TO \`root\`@\`localhost\` IDENTIFIED BY PASSWORD '${passwordHash}' WITH GRANT OPTION;
GRANT PROXY ON \`\`@\`%\` TO \`root\`@\`localhost\` WITH GRANT OPTION;
`;
    const filled: FilledDatabase[] = [];
    const options = { work: join(folder, 'work'), filled: (database: FilledDatabase) => void filled.push(database) };
    await fillMariadb(new TargetRoot('/'), server, read, options);
    assert.deepEqual(filled, [{ name: 'mt4', tables: 1 }]);

    // The server signs its root in by that password only, and knows nobody of ours.
    const socket = join(folder, 'socket');
    const settings = ['--no-defaults', '--user=root', `--datadir=${server.dataFolder}`, `--socket=${socket}`];
    const running = spawn('mariadbd', [...settings, '--skip-networking'], { stdio: 'ignore' });
    context.after(() => running.kill('SIGKILL'));
    const ask = (sql: string, password: string) =>
      spawnSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '-N', '-e', sql], {
        encoding: 'utf8',
        env: { ...process.env, MYSQL_PWD: password },
      });
    const users = await waitUntil(async () => {
      const { status, stdout } = ask(
        'SELECT User FROM mysql.user ORDER BY User; SELECT LENGTH(content) FROM mt4.files',
        'secret',
      );
      return status === 0 ? stdout.trim().split('\n') : undefined;
    }, 'MariaDB');
    assert.deepEqual(users, ['mariadb.sys', 'root', '9000000']);
    assert.match(ask('SELECT 1', '').stderr, /Access denied/);
  },
);
