// A real machine is destroyed and comes back: with Orbit, by 2 of 3 shares; and with stock programs, by the runbook alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runProgram } from '../src/base/program.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { DebianMachine, debianMachine, debianMissing } from './support/debian-machine.ts';
import { startSshServer } from './support/ssh-server.ts';
import { stock, typed } from './support/stock-age.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const programs = needs('rsync', 'sshd', 'restic', 'age');

test('a Debian system with PostgreSQL and MariaDB is rebuilt from an rsync destination, by Orbit and by the runbook', {
  skip: programs.skip || debianMissing(),
  timeout: 900_000,
}, async (context) => {
  const folder = await temporaryFolder(context);
  const server = await startSshServer();
  context.after(() => server.stop());
  const far = join(server.folder, 'far');
  mkdirSync(far);
  const old = await debianMachine(join(folder, 'old'));
  await furnish(old);
  await old.startServers();
  context.after(() => old.stopServers().catch(() => {}));
  const before = await contents(old);

  // The old machine backs itself up.
  const master = 'quartz lemon tundra 4 violin osprey';
  writeFileSync(join(old.root, 'root/master'), master, { mode: 0o600 });
  await old.orbit('ceremony', 'start', '--master-password-file', '/root/master');
  for (const name of ['Ana', 'Bruno', 'Carla']) await old.orbit('custodian', 'add', name);
  const split = ['--threshold', '2', '--sheets', '/root/sheets', '--current-password-file', '/root/master'];
  await old.orbit('custodian', 'split', 'Ana', 'Bruno', 'Carla', ...split);
  const shares = sharesOf(join(old.root, 'root/sheets'), folder);
  await old.sh('rm -rf /root/master /root/sheets');
  const key = JSON.parse(await old.orbit('ssh-key', 'show', '--json')) as { publicLine: string };
  await server.authorize(key.publicLine);
  const place = [
    ...['rsync', '--host', server.host, '--port', String(server.port), '--user', server.user, '--path', far],
    ...['--host-key', server.hostKey.fingerprint],
  ];
  await old.orbit('destination', 'add', place[0] ?? '', 'offsite', ...place.slice(1));
  await old.orbit(
    'job',
    'set',
    'system',
    '--destination',
    'offsite',
    '--without-folder',
    '/etc',
    '--exclude',
    '/mnt/orbit',
  );
  assert.match(await old.orbit('profile', 'detect', '--add'), /host[^]*postgresql[^]*mariadb/);
  assert.match(await old.orbit('backup', 'create', '--kind', 'system'), /Everything is backed up/);
  await old.stopServers();

  // On a machine that has nothing but Orbit and two of the three shares.
  const newKey = join(folder, 'new-key');
  const target = join(folder, 'new');
  const recover = (args: string[], options: Parameters<typeof cli>[1] = {}) =>
    cli(['recover', ...place, '--ssh-key-file', newKey, '--share-file', shares[0] ?? '', shares[2] ?? '', ...args], {
      home: '/nonexistent/orbit',
      ...options,
    });
  const unknown = await recover(['--list']);
  const line = /again: (restrict ssh-ed25519 .*)/.exec(unknown.stderr)?.[1];
  assert.ok(line !== undefined, unknown.stderr);
  await server.authorize(line);
  assert.match((await recover(['--list'])).stdout, /SNAPSHOT/);
  const planned = await recover(['--target', target, '--dry-run']);
  assert.equal(planned.exitCode, 0, planned.stderr);
  assert.match(planned.stdout, /postgresql 15\.\d+[^]*vault \(1 tables\)[^]*1\. mt4[^]*2\. senhasegura/);
  assert.deepEqual(readdirSync(target), []);

  // The power goes, again and again: among the files, and while each server is filled. The same command goes on.
  const command = ['recover', ...place, '--ssh-key-file', newKey, '--share-file', shares[0] ?? '', shares[2] ?? ''];
  const moments = ['usr/bin/perl', 'var/lib/postgresql/15/main/postmaster.pid', 'var/tmp/orbit-recover/pid'];
  for (const moment of moments) await killedAt([...command, '--target', target, '--yes'], join(target, moment));
  const recovered = await recover(['--target', target, '--yes']);
  assert.equal(recovered.exitCode, 0, recovered.stderr + recovered.stdout);
  assert.match(recovered.stderr, /files: done before[^]*server postgresql: done before/);
  assert.match(recovered.stdout, /postgresql\/vault: 1 \/ 1[^]*mariadb\/mt4: 1 \/ 1/);
  assert.match(recovered.stdout, /RTO .*with the interruption.*RPO/);
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${target}/`), 'something stays mounted');
  assert.deepEqual(processesIn(target), []);
  context.diagnostic(/^RTO .*$/m.exec(recovered.stdout)?.[0] ?? '');
  assert.deepEqual(await differences(old.root, target), []);
  await proveAlive(target, before, context);

  // The same with stock programs, as the runbook in the backup says.
  const stockTarget = join(folder, 'stock');
  mkdirSync(stockTarget);
  const opened = await typed(far, 'age -d -i recovery-key.age -o system.password system.password.age', master);
  assert.equal(opened.exitCode, 0, opened.shown);
  const password = join(far, 'system.password');
  const repository = ['-r', join(far, 'system'), '--no-lock', '--no-cache', '--password-file', password];
  const text = (await stock(far, 'restic', ...repository, 'dump', 'latest', '/orbit/RUNBOOK.md')).toString('utf8');
  const said = async (name: string): Promise<string> =>
    (await stock(far, 'restic', ...repository, 'dump', 'latest', `/orbit/host/${name}`)).toString('utf8');
  assert.match(await said('packages.tsv'), /^mariadb-server:\S+\t\S+\tii/m);
  assert.match(await said('packages-by-hand.txt'), /^postgresql$/m);
  assert.match(await said('package-sources.txt'), /deb\.debian\.org/);
  assert.match(await said('users.txt'), /^ana:.*Ana Prado/m);
  assert.match(await said('crontabs.txt'), /# \/etc\/cron\.d\/rotate\n15 3 \* \* \*/);
  assert.match(await said('programs-without-package.txt'), /^\/usr\/local\/bin\/rotate$/m);
  const script = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map((match) => match[1]).join('');
  const environment = { TARGET: stockTarget, REPO: join(far, 'system'), RESTIC_PASSWORD_FILE: password };
  const followed = await runProgram('unshare', ['--mount', '--propagation', 'private', 'sh', '-eu', '-c', script], {
    env: environment,
    timeoutMs: 600_000,
  });
  assert.equal(followed.exitCode, 0, followed.stderr);
  assert.deepEqual(await differences(old.root, stockTarget), []);
  await proveAlive(stockTarget, before, context);
  assert.match(
    (await stock(far, 'restic', ...repository, 'dump', 'latest', '/orbit/RUNBOOK.pt.md')).toString(),
    /Reconstruindo/,
  );
});

// Users, cron jobs, units, a program no package brought, and data in both servers, with what dumps stumble over.
async function furnish(machine: DebianMachine): Promise<void> {
  await machine.sh(`useradd -m -c 'Ana Prado' -G cron ana 2> /dev/null || useradd -m -c 'Ana Prado' ana
printf '15 3 * * * root /usr/local/bin/rotate --all\\n' > /etc/cron.d/rotate
printf '#!/bin/sh\\necho rotated\\n' > /usr/local/bin/rotate; chmod 4755 /usr/local/bin/rotate
mkdir -p /etc/systemd/system/multi-user.target.wants
printf '[Service]\\nExecStart=/usr/local/bin/rotate\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/rotate.service
ln -s /etc/systemd/system/rotate.service /etc/systemd/system/multi-user.target.wants/rotate.service
mkdir -p /srv/data; head -c 3000000 /dev/urandom > /srv/data/large; ln /srv/data/large /srv/data/hard; truncate -s 50M /srv/data/sparse`);
  await machine.startServers();
  await machine.sh(`mariadb <<'SQL'
CREATE DATABASE senhasegura; CREATE DATABASE mt4;
CREATE TABLE mt4.users (id INT PRIMARY KEY, name VARCHAR(60), token VARBINARY(16));
INSERT INTO mt4.users VALUES (1, 'ana', x'00ff0a27'), (2, 'b\\nruno; -- Current Database: \`x\`', NULL);
CREATE TABLE senhasegura.vault (id INT PRIMARY KEY, user INT, CONSTRAINT one CHECK (id > 0));
USE senhasegura; INSERT INTO senhasegura.vault SELECT seq, seq % 2 FROM seq_1_to_2000;
CREATE USER app@localhost IDENTIFIED BY 'p''w"\\\\'; GRANT ALL ON mt4.* TO app@localhost;
SQL
su postgres -c 'psql -q' <<'SQL'
CREATE ROLE guac LOGIN PASSWORD 'y'; CREATE DATABASE vault OWNER guac;
\\connect vault
CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz, what text, payload bytea);
INSERT INTO events SELECT i, now(), md5(i::text), decode(md5(i::text), 'hex') FROM generate_series(1, 5000) i;
ALTER TABLE events OWNER TO guac;
SQL`);
  await machine.stopServers();
}

async function contents(machine: DebianMachine): Promise<string> {
  return await machine.sh(`mariadb -N -e 'CHECKSUM TABLE mt4.users, senhasegura.vault; SELECT count(*) FROM senhasegura.vault; SHOW GRANTS FOR app@localhost'
cd /; su postgres -c 'psql -AtX vault' <<'SQL'
SELECT count(*), md5(string_agg(e::text, ',' ORDER BY id)) FROM events e;
SELECT tableowner FROM pg_tables WHERE tablename = 'events'; SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'guac';
SQL`);
}

async function proveAlive(
  root: string,
  before: string,
  context: { after(work: () => Promise<void>): void },
): Promise<void> {
  const machine = new DebianMachine(root);
  context.after(() => machine.stopServers().catch(() => {}));
  await machine.startServers();
  assert.equal(await contents(machine), before);
  assert.match(await machine.sh('id -nG ana; rotate'), /ana[^]*rotated/);
  await machine.stopServers();
}

// Made anew on every machine, or written by a server that was started since.
const expected =
  /^\/(proc|sys|dev|run|tmp|var\/tmp|mnt|orbit|var\/log|var\/lib\/(mysql|postgresql|apt\/lists)|var\/cache\/apt|root\/\.(cache|local))(\/|:)|^(\/root|\/var|\/var\/lib)?: mtime/;

async function differences(one: string, other: string): Promise<string[]> {
  const all = await compareTrees(one, other);
  return all.filter((difference) => !expected.test(difference));
}

// Runs Orbit until a file is there, and kills it as a power cut would.
async function killedAt(args: string[], moment: string): Promise<void> {
  const child = spawn(join(import.meta.dirname, '../bin/orbit'), args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  });
  let shown = '';
  child.stderr.on('data', (text: Buffer) => (shown += text.toString('utf8')));
  const ended = once(child, 'close');
  while (!existsSync(moment)) {
    assert.equal(child.exitCode, null, shown);
    await pause(20);
  }
  child.kill('SIGKILL');
  await ended;
}

function processesIn(root: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/root`) === root;
    } catch {
      return false;
    }
  });
}

function sharesOf(sheets: string, folder: string): string[] {
  return readdirSync(sheets)
    .sort()
    .map((file) => {
      const words = /<ol class="words">(.*?)<\/ol>/s.exec(readFileSync(join(sheets, file), 'utf8'))?.[1] ?? '';
      const path = join(folder, `${file}.words`);
      writeFileSync(path, words.replace(/<[^>]+>/g, ' ').trim(), { mode: 0o600 });
      return path;
    });
}
