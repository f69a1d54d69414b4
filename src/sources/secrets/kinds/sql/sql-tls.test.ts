// The certificate authority of a database, against a real PostgreSQL that speaks nothing but TLS on TCP.
import assert from 'node:assert/strict';
import { copyFile, chmod, chown } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../../../../../test/support/certificates.ts';
import { failure } from '../../../../../test/support/failures.ts';
import { postgresPrograms, startPostgresServer } from '../../../../../test/support/postgres-server.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { needs } from '../../../../../test/support/tools.ts';
import { unprivileged } from '../../../../../test/support/unprivileged.ts';
import { systemClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import { openVault } from '../../vault/vault.ts';

test(
  'a server is believed only under the authority that is given, and under its own name',
  needs(...postgresPrograms, 'openssl'),
  async (context) => {
    const [own, foreign] = [
      await makeCertificates(await temporaryFolder(context)),
      await makeCertificates(await temporaryFolder(context)),
    ];
    const server = await startPostgresServer();
    context.after(() => server.remove());
    for (const [from, to] of [
      [own.certificateFile, 'server.crt'],
      [own.keyFile, 'server.key'],
    ] as const) {
      const file = join(server.dataFolder, to);
      await copyFile(from, file);
      await chmod(file, 0o600);
      if (unprivileged.uid !== undefined) await chown(file, unprivileged.uid, unprivileged.gid ?? unprivileged.uid);
    }
    await server.sql('ALTER SYSTEM SET ssl = on');
    await server.sql("ALTER SYSTEM SET listen_addresses = '127.0.0.1, 127.0.0.2'");
    await server.setAccess(['local all all scram-sha-256', 'hostssl all all 127.0.0.0/8 scram-sha-256']);
    await server.stop();
    await server.start();
    await server.sql(
      `CREATE TABLE vault AS SELECT '1' AS id, 'db01' AS title, 'root' AS username, 'behind TLS' AS password`,
    );
    const read = async (changes: Record<string, unknown>): Promise<SecretRecord[]> => {
      const { user, password, port } = server;
      const query = 'SELECT * FROM vault';
      const settings = { host: 'localhost', port, database: 'postgres', user, password, query, ...changes };
      const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
      const source = await openSecretSource('postgresql', settings, { vault, clock: systemClock });
      return await Array.fromAsync(source.read());
    };
    assert.equal((await read({ authority: own.ca }))[0]?.password.reveal(), 'behind TLS');
    await assert.rejects(read({ authority: foreign.ca }), failure('secrets.unreachable', /authority/));
    // It answers at this address of the machine too, which no name in the certificate is.
    assert.equal((await read({ host: '127.0.0.2' })).length, 1);
    await assert.rejects(read({ authority: own.ca, host: '127.0.0.2' }), failure('secrets.unreachable'));
  },
);
