// One story: a key and its custodians over the years. Whatever changes, every old backup opens with the current set, with
// Orbit and with stock programs, and papers of an earlier set are told apart.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, succeeding } from './support/cli.ts';
import { httpReceiver } from './support/http-receiver.ts';
import { stock } from './support/stock-age.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

test(
  'custodians come and go, passwords and keys change, and every old backup opens with the current set',
  needs('age', 'restic', 'keepassxc-cli'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const [home, source, place] = ['home', 'source', 'place'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [source, place]) mkdirSync(path);
    writeFileSync(join(source, 'vault.conf'), 'listen = 127.0.0.1\n');
    const secretFile = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const orbit = succeeding({ home, input: 'S3cret of the core switch' });
    const refused = async (...args: string[]): Promise<string> => {
      const result = await cli(args, { home });
      assert.notEqual(result.exitCode, 0, args.join(' '));
      return result.stderr;
    };
    /** On a machine that has Orbit and nothing else. */
    const elsewhere = succeeding({ home: '/nonexistent/orbit' });
    const split = async (name: string, people: string[], ...args: string[]): Promise<string[]> => {
      const sheets = join(folder, name);
      await orbit('custodian', 'split', ...people, '--sheets', sheets, ...args);
      const files = readdirSync(sheets).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      return files.map((file) => {
        const html = readFileSync(join(sheets, file), 'utf8');
        const words = /<ol class="words">(.*?)<\/ol>/s.exec(html)?.[1]?.replace(/<[^>]+>/g, ' ') ?? '';
        return secretFile(`${name}-${file}.words`, words.trim());
      });
    };
    const told = await httpReceiver(context);
    const heard = (): string[] =>
      told.requests.splice(0).map(({ body }) => (JSON.parse(body) as { type: string }).type);
    const signing = secretFile('signing', 'whsec_0123456789abcdef0123456789abcdef');
    await orbit('channel', 'add', 'webhook', 'siem', '--url', told.url, '--signing-secret-file', signing);

    // The ceremony, the first custodians, the first backup.
    const first = secretFile('first', 'quartz lemon tundra 4 violin osprey');
    await orbit('ceremony', 'start', '--master-password-file', first);
    assert.deepEqual(heard(), ['ceremony.started', 'ceremony.completed']);
    await orbit('destination', 'add', 'folder', 'local', '--path', place);
    for (const job of ['secrets', 'system']) await orbit('job', 'set', job, '--destination', 'local');
    await orbit('job', 'set', 'system', '--folder', source, '--without-folder', '/etc');
    await orbit('secret', 'add', 'core switch', '--username', 'admin', '--password-file', '-');
    for (const name of ['Ana', 'Bruno', 'Carla', 'Davi', 'Eva']) await orbit('custodian', 'add', name);
    const old = await split('old', ['Ana', 'Bruno', 'Carla'], '--threshold', '2', '--current-password-file', first);
    const printed = Array.from({ length: 3 }, () => 'custodian.share-downloaded');
    assert.deepEqual(heard(), ['ceremony.started', ...printed, 'ceremony.completed']);
    await orbit('backup', 'create');
    const kit = join(place, 'secrets', readdirSync(join(place, 'secrets'))[0] ?? '');
    const [ana, bruno, carla] = old as [string, string, string];

    // Two shares open the kit: with Orbit only, and with stock programs from the combined key.
    assert.match(await elsewhere('kit', 'open', place, '--share-file', ana, carla), /3 secrets, all files intact/);
    const password = await elsewhere(
      'kit',
      'show',
      kit,
      'core switch',
      '--reveal',
      'password',
      '--share-file',
      bruno,
      carla,
    );
    assert.equal(password, 'S3cret of the core switch\n');
    const readWithStock = async (kitPath: string, identity: string): Promise<string> => {
      await stock(folder, 'age', '-d', '-i', identity, '-o', 'kit.keyx', join(kitPath, 'secrets.keyx.age'));
      const args = [
        'show',
        '-q',
        '--no-password',
        '-k',
        'kit.keyx',
        '-s',
        '-a',
        'Password',
        join(kitPath, 'secrets.kdbx'),
      ];
      return (await stock(folder, 'keepassxc-cli', ...args, 'core switch')).toString().trim();
    };
    const key = join(folder, 'key.txt');
    await elsewhere('share', 'combine', key, '--words-file', ana, bruno);
    assert.equal(await readWithStock(kit, key), 'S3cret of the core switch');
    assert.match(await refused('kit', 'open', place, '--share-file', ana), /breakglass\.too-few-shares/);
    await orbit('drill', 'people', '--people', 'Ana', 'Carla', '--share-file', ana, carla);
    assert.deepEqual(
      heard().filter((id) => !id.startsWith('backup.')),
      ['recovery.failed', 'recovery.succeeded', 'kit.opened', 'drill.passed'],
    );

    // Bruno leaves, two come, three are needed now; the master password changes as well.
    const next = await split(
      'next',
      ['Ana', 'Carla', 'Davi', 'Eva'],
      '--threshold',
      '3',
      '--current-share-file',
      ana,
      carla,
    );
    assert.deepEqual(
      heard().filter((id) => id === 'custodian.replaced'),
      ['custodian.replaced'],
    );
    const second = secretFile('second', 'velvet 91 acorn bishop tundra lemon');
    await orbit('ceremony', 'password', '--current-password-file', first, '--master-password-file', second);
    assert.deepEqual(heard(), ['master-password.changed']);
    await orbit('backup', 'create');
    const [ana2, carla2, davi2, eva2] = next as [string, string, string, string];
    assert.match(await elsewhere('kit', 'open', kit, '--share-file', ana2, davi2, eva2), /3 secrets/);
    assert.match(await elsewhere('kit', 'open', kit, '--master-password-file', second), /3 secrets/);
    rmSync(key);
    await elsewhere('share', 'combine', key, '--words-file', carla2, davi2, ana2);
    assert.equal(await readWithStock(kit, key), 'S3cret of the core switch');

    // Papers of the first set are told apart, and do not mix with the new ones.
    assert.match(await orbit('share', 'check', '--words-file', bruno), /not current: a newer set was made/);
    assert.match(await orbit('share', 'check', '--words-file', eva2), /It is current/);
    assert.match(await refused('kit', 'open', place, '--share-file', bruno, ana2, eva2), /breakglass\.mixed-shares/);
    const { custodians } = JSON.parse(await orbit('custodian', 'list', '--json')) as { custodians: { name: string }[] };
    assert.equal(custodians.length, 5);

    // A whole new key, because the old one may be known: its papers are told apart at once, its backups open all the same.
    const third = secretFile('third', 'cinder parole ostrich magnet huddle trowel');
    const current = ['--current-password-file', second];
    assert.match(await orbit('ceremony', 'compromised', '--dry-run'), /local +\d +system +reachable/);
    assert.match(await orbit('share', 'check', '--words-file', eva2), /It is current/);
    const resealed = await orbit('ceremony', 'compromised', ...current, '--master-password-file', third);
    assert.match(resealed, /local: \d kit\(s\) sealed to the new key, new password for system/);
    assert.match(await orbit('share', 'check', '--words-file', eva2), /declared compromised/);
    const last = await split('last', ['Davi', 'Eva'], '--threshold', '2', '--current-password-file', third);
    await orbit('secret', 'add', 'second', '--password-file', '-');
    await orbit('backup', 'create');
    assert.match(await elsewhere('kit', 'open', kit, '--share-file', ...last), /3 secrets/);
    assert.match(await elsewhere('kit', 'open', kit, '--master-password-file', third), /3 secrets/);
    assert.match(await elsewhere('kit', 'open', place, '--share-file', ...last), /4 secrets/);
    assert.match(await refused('kit', 'open', place, '--share-file', ana2, davi2, eva2), /breakglass\.wrong-key/);

    // With stock age the current shares lead to the old key, and to every repository's password.
    const newest = join(folder, 'newest.txt');
    await elsewhere('share', 'combine', newest, '--words-file', ...last);
    await stock(place, 'age', '-d', '-i', newest, '-o', join(folder, 'repo.password'), 'system.password.age');
    const restic = [
      'restic',
      '--no-cache',
      '-r',
      'system',
      '-p',
      join(folder, 'repo.password'),
      'snapshots',
      '--json',
    ] as const;
    const snapshots = JSON.parse((await stock(place, ...restic)).toString()) as unknown[];
    assert.equal(snapshots.length, 3);
    // What was sealed to the old key is not any more: the current shares open the first kit without a way round.
    rmSync(join(folder, 'kit.keyx'));
    assert.equal(await readWithStock(kit, newest), 'S3cret of the core switch');
    assert.equal(
      JSON.parse(await orbit('drill', 'run', '--json')).every(
        (report: { result: string }) => report.result === 'passed',
      ),
      true,
    );
  },
);
