// A MariaDB server is made anew from its dumps, whatever the settings of the old one allowed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import type { ServerFacts } from '../../sources/trees/recovery-facts.ts';
import { TargetRoot } from '../root.ts';
import { fillMariadb } from './fill-mariadb.ts';
import type { FilledDatabase } from './fill-postgresql.ts';

test(
  'a row that is larger than a server takes by itself comes back',
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
      if (path === 'users') return yield Buffer.from('SELECT 1;\n');
      yield Buffer.from(
        'CREATE DATABASE mt4; USE mt4; CREATE TABLE files (content LONGBLOB);\nINSERT INTO files VALUES (0x',
      );
      // As a dump writes nine million bytes: with two digits each.
      for (let part = 0; part < 9; part += 1) yield Buffer.alloc(2_000_000, '7');
      yield Buffer.from(');\n');
    }
    const filled: FilledDatabase[] = [];
    const options = { work: join(folder, 'work'), filled: (database: FilledDatabase) => void filled.push(database) };
    await fillMariadb(new TargetRoot('/'), server, read, options);
    assert.deepEqual(filled, [{ name: 'mt4', tables: 1 }]);
  },
);
