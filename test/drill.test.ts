// Automatic drills against a real destination, and everything that must make them fail.
import assert from 'node:assert/strict';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openFolderBackend } from '../src/backends/folder.ts';
import { prefixedBackend } from '../src/backends/prefixed.ts';
import { readOwnSecret } from '../src/sources/secrets/vault/own-secrets.ts';
import type { DrillReport } from '../src/breakglass/drills/drill-report.ts';
import { listDrills, loadDrill } from '../src/breakglass/drills/drill-store.ts';
import { tellNote } from '../src/base/note.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { ls } from '../src/engine/browse/entries.ts';
import type { IndexId } from '../src/engine/ids.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { startCeremony } from '../src/breakglass/ceremony.ts';
import { drillTargets, holdDrill } from '../src/jobs/drill.ts';
import { cli } from './support/cli.ts';
import { type DrillInstance, drillInstance, drillMasterPassword } from './support/drill-instance.ts';
import { failure } from './support/failures.ts';

type Kind = 'secrets' | 'system';

async function hold(
  instance: DrillInstance,
  kind: Kind,
  options: { sample?: number; readBytes?: number } = {},
): Promise<DrillReport> {
  const [target] = drillTargets(instance.app.store, { kinds: [kind] });
  assert.ok(target);
  return (await holdDrill(instance.app, target, { startedBy: 'person', ...options })).report;
}

async function backedUp(context: TestContext): Promise<DrillInstance> {
  const instance = await drillInstance(context);
  await instance.backUp('secrets', 'system');
  return instance;
}

/** The codes of a report that failed, and the step that did. */
function failedAt(report: DrillReport): [string | undefined, string | undefined] {
  assert.equal(report.result, 'failed', JSON.stringify(report.steps));
  const step = report.steps.at(-1);
  return [step?.name, step?.failure?.code];
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  rmSync(file, { force: true });
  writeFileSync(file, bytes);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const leftovers = (): string[] =>
  [...readdirSync('/dev/shm'), ...readdirSync('/tmp')].filter((name) => name.startsWith(`orbit-drill-${process.pid}-`));

test('a drill restores a sample from the destination, compares it, and leaves a signed report, a row and an event', async (context) => {
  const instance = await backedUp(context);
  const report = await hold(instance, 'system', { sample: 50 });
  assert.equal(report.result, 'passed', JSON.stringify(report.steps));
  assert.deepEqual(
    report.steps.map(({ name }) => name),
    ['reach', 'keys', 'newest', 'structure', 'restore', 'hashes', 'source'],
  );
  // 13 files of the source; the facts of recovery and the runbook in two languages.
  const [made, files] = [true, false].map((isMade) =>
    report.sample.filter(({ path }) => path.startsWith('/orbit/') === isMade),
  );
  assert.equal(files?.length, 13);
  assert.ok(files.every(({ source, how }) => source === 'unchanged' && how === 'restored'));
  assert.deepEqual(
    made?.map(({ source }) => source),
    ['elsewhere', 'elsewhere', 'elsewhere'],
  );
  assert.ok(report.sample.some(({ path }) => path.includes('!odd #name')));
  assert.ok((report.firstReadableMs ?? Infinity) <= report.durationMs);
  assert.deepEqual(loadDrill(instance.app, report.id).report, report);
  assert.equal(listDrills(instance.app.store)[0]?.result, 'passed');
  const told = instance.events.at(-1);
  assert.equal(told?.id, 'drill.passed');
  assert.equal(told?.facts.files, 16);
  assert.deepEqual(leftovers(), []);
  for (const name of readdirSync(join(instance.home, 'reports')))
    assert.equal(statSync(join(instance.home, 'reports', name)).mode & 0o777, 0o600);
});

test('a file that changed since is said to have changed, and the drill passes', async (context) => {
  const instance = await backedUp(context);
  writeFileSync(join(instance.source, 'file-3.conf'), 'new');
  unlinkSync(join(instance.source, 'file-4.conf'));
  const report = await hold(instance, 'system', { sample: 50 });
  assert.equal(report.result, 'passed');
  const found = Object.fromEntries(report.sample.map(({ path, source }) => [path.split('/').at(-1), source]));
  assert.equal(found['file-3.conf'], 'changed');
  assert.equal(found['file-4.conf'], 'gone');
  assert.equal(found['file-5.conf'], 'unchanged');
});

test('the drill of a kit proves its files and says that only people can open it', async (context) => {
  const instance = await backedUp(context);
  const report = await hold(instance, 'secrets');
  assert.equal(report.result, 'passed', JSON.stringify(report.steps));
  assert.deepEqual(
    report.steps.map(({ name }) => name),
    ['reach', 'keys', 'newest', 'kit-files'],
  );
  const page = readFileSync(join(instance.home, 'reports', `drill-${report.id}.en.html`), 'utf8');
  assert.match(page, /Nobody opened this kit/);
  // The two secrets and the repository's password.
  assert.equal(instance.events.at(-1)?.facts.secrets, 3);
});

test('a flipped bit in any pack at the destination fails the drill', async (context) => {
  const instance = await backedUp(context);
  const packs = filesBelow(join(instance.place, 'system', 'data'));
  assert.ok(packs.length >= 2);
  for (const pack of packs) {
    const right = readFileSync(pack);
    for (const at of [100, -3]) {
      flip(pack, at);
      const report = await hold(instance, 'system');
      assert.equal(report.result, 'failed', `${pack} ${at}`);
      assert.equal(instance.events.at(-1)?.id, 'drill.failed');
      rmSync(pack, { force: true });
      writeFileSync(pack, right);
    }
  }
  assert.equal((await hold(instance, 'system')).result, 'passed');
  assert.deepEqual(leftovers(), []);
});

test('without reading packs whole, a flipped bit below the sample still fails its restore', async (context) => {
  const instance = await backedUp(context);
  const codes: (string | undefined)[] = [];
  for (const pack of filesBelow(join(instance.place, 'system', 'data'))) {
    flip(pack, 40);
    codes.push(failedAt(await hold(instance, 'system', { sample: 50, readBytes: 0 }))[1]);
    flip(pack, 40);
  }
  // One pack holds the files, the other the folders.
  assert.deepEqual(
    codes.toSorted((a = '', b = '') => (a < b ? -1 : 1)),
    ['drill.damaged-repository', 'drill.not-restored'],
  );
});

test('a missing pack, a missing blob and a missing snapshot fail the drill', async (context) => {
  const instance = await backedUp(context);
  for (const pack of filesBelow(join(instance.place, 'system', 'data'))) {
    renameSync(pack, `${instance.folder}/kept`);
    assert.deepEqual(failedAt(await hold(instance, 'system', { readBytes: 0 })), [
      'structure',
      'drill.damaged-repository',
    ]);
    renameSync(`${instance.folder}/kept`, pack);
  }
  await loseBlob(instance);
  assert.deepEqual(failedAt(await hold(instance, 'system', { readBytes: 0 })), [
    'structure',
    'drill.damaged-repository',
  ]);
  const damaged = instance.events.filter(({ id }) => id === 'check.failed');
  assert.equal(damaged.length, 3, 'damage of the repository is told as such, besides the failed drill');
  rmSync(join(instance.place, 'system', 'snapshots'), { recursive: true });
  assert.deepEqual(failedAt(await hold(instance, 'system')), ['newest', 'repository.no-such-snapshot']);
});

// Writes the index anew without the blob of one file, as a broken program would.
async function loseBlob({ app, place }: DrillInstance): Promise<void> {
  const { fileKey } = await import('../src/engine/format/layout.ts');
  const { decodeIndex, indexParts } = await import('../src/engine/format/index-file.ts');
  const { listFiles, loadSealedFile, saveSealedParts } = await import('../src/engine/repository/sealed-files.ts');
  const backend = prefixedBackend(await openFolderBackend(place), 'system');
  const repository = await Repository.open(backend, readOwnSecret(app.vault, 'orbit:repository:local:system'));
  const indexed = await repository.loadIndex();
  const snapshot = await repository.loadSnapshot('latest');
  let lost: string | undefined;
  for await (const { node } of ls(indexed, snapshot, '/', { recursive: true })) lost ??= node.content?.[0];
  for (const { id } of await listFiles<IndexId>(backend, 'index')) {
    const packs = decodeIndex(id, await loadSealedFile(repository, 'index', id));
    const without = packs.map((pack) => ({ ...pack, blobs: pack.blobs.filter((blob) => blob.id !== lost) }));
    await backend.remove(fileKey('index', id));
    await saveSealedParts(repository, 'index', indexParts(without));
  }
  await indexed.close();
  repository.close();
}

test('a changed, cut or missing byte of any file of the newest kit fails the drill, and so does its loss', async (context) => {
  const instance = await backedUp(context);
  const secrets = join(instance.place, 'secrets');
  const kit = join(secrets, readdirSync(secrets)[0] ?? '');
  for (const name of readdirSync(kit)) {
    const file = join(kit, name);
    const right = readFileSync(file);
    for (const change of [
      () => flip(file, 10),
      () => flip(file, -1),
      () => writeFileSync(file, right.subarray(0, -1)),
      () => rmSync(file),
    ]) {
      change();
      assert.equal((await hold(instance, 'secrets')).result, 'failed', name);
      rmSync(file, { force: true });
      writeFileSync(file, right);
    }
  }
  assert.equal((await hold(instance, 'secrets')).result, 'passed');
  instance.app.vault.add({ title: 'third', password: new SecretString('x') });
  await instance.backUp('secrets');
  const newest = readdirSync(secrets).sort().at(-1) ?? '';
  rmSync(join(secrets, newest), { recursive: true });
  assert.deepEqual(failedAt(await hold(instance, 'secrets')), ['newest', 'drill.kit-missing']);
});

test('a kit that another Orbit put there is found out', async (context) => {
  const [instance, stranger] = [await backedUp(context), await drillInstance(context)];
  stranger.clock.advance(3_600_000);
  await stranger.backUp('secrets');
  const name = readdirSync(join(stranger.place, 'secrets'))[0] ?? '';
  renameSync(join(stranger.place, 'secrets', name), join(instance.place, 'secrets', name));
  assert.deepEqual(failedAt(await hold(instance, 'secrets')), ['kit-files', 'breakglass.unknown-signer']);
});

test('a file at the top of the destination that is missing or was changed fails the drill of either kind', async (context) => {
  const instance = await backedUp(context);
  for (const [name, kind] of [
    ['recovery-key.age', 'secrets'],
    ['recovery-key.age', 'system'],
    ['system.password.age', 'system'],
    ['README.txt', 'secrets'],
  ] as [string, Kind][]) {
    const file = join(instance.place, name);
    const right = readFileSync(file);
    flip(file, -1);
    assert.deepEqual(failedAt(await hold(instance, kind)), ['keys', 'breakglass.damaged-file'], name);
    rmSync(file);
    assert.deepEqual(failedAt(await hold(instance, kind)), ['keys', 'breakglass.missing-file'], name);
    writeFileSync(file, right);
    assert.equal((await hold(instance, kind)).result, 'passed', name);
  }
});

test('after a new ceremony the old copies still pass, and the report says that they are older', async (context) => {
  const instance = await backedUp(context);
  const masterPassword = new SecretString('velvet 91 acorn bishop tundra lemon');
  const previous = { masterPassword: new SecretString(drillMasterPassword) };
  instance.clock.advance(1000);
  await startCeremony({ ...instance.app, workFactor: 10 }, { masterPassword, previous });
  const before = await hold(instance, 'secrets');
  // The key that opens the old kit with the new set is not there before the next run writes it.
  assert.deepEqual(failedAt(before), ['keys', 'breakglass.missing-file']);
  await instance.backUp('system');
  const between = await hold(instance, 'secrets');
  assert.equal(between.result, 'passed', JSON.stringify(between.steps));
  assert.match(
    between.steps
      .at(-1)
      ?.notes.map((note) => tellNote(note, 'en'))
      .join() ?? '',
    /opens with the current one/,
  );
  await instance.backUp('secrets');
  assert.deepEqual((await hold(instance, 'secrets')).steps.at(-1)?.notes, []);
});

test('a destination that is gone fails the drill with its name and a cure, and makes nothing where it was', async (context) => {
  const instance = await backedUp(context);
  renameSync(instance.place, `${instance.place}-away`);
  const report = await hold(instance, 'system');
  assert.equal(failedAt(report)[0], 'reach');
  assert.ok((report.steps[0]?.failure?.hint ?? '').length > 10);
  assert.ok(!existsSync(instance.place));
  assert.deepEqual(instance.events.map(({ id }) => id).slice(-2), ['destination.lost', 'drill.failed']);
  assert.equal(instance.events.at(-1)?.facts.destination, 'local');
});

test('a drill that is stopped leaves no report and nothing restored', async (context) => {
  const instance = await backedUp(context);
  const [target] = drillTargets(instance.app.store, { kinds: ['system'] });
  assert.ok(target);
  const stop = new AbortController();
  const report = (step: { name: string }): void => (step.name === 'structure' ? stop.abort() : undefined);
  await assert.rejects(holdDrill(instance.app, target, { startedBy: 'person', signal: stop.signal, report }));
  assert.deepEqual(listDrills(instance.app.store), []);
  assert.deepEqual(leftovers(), []);
});

test('drills are run, listed, shown and verified from the command line; a changed report is refused', async (context) => {
  const instance = await backedUp(context);
  const { home, folder } = instance;
  const ran = await cli(['drill', 'run', '--json', '--sample', '3'], { home });
  assert.equal(ran.exitCode, 0, ran.stderr);
  const reports = JSON.parse(ran.stdout) as (DrillReport & { files: { json: string; pages: { pt: string } } })[];
  assert.deepEqual(
    reports.map(({ kind, result, startedBy }) => [kind, result, startedBy]),
    [
      ['secrets', 'passed', 'person'],
      ['system', 'passed', 'person'],
    ],
  );
  const [first] = reports;
  assert.ok(first);
  assert.match((await cli(['drill', 'list'], { home })).stdout, /system +local +passed/);
  assert.match((await cli(['drill', 'show', first.id], { home })).stdout, /Every file of the kit was read back/);
  const verify = (file: string, ...more: string[]): ReturnType<typeof cli> =>
    cli(['drill', 'verify', file, ...more], { home });
  assert.match((await verify(first.files.json)).stdout, /as it was signed/);
  assert.equal((await verify(first.files.pages.pt)).exitCode, 0);
  const elsewhere = await cli(['drill', 'verify', first.files.json, '--json'], { home: '/nonexistent/orbit' });
  const { fingerprint, isSignerKnown } = JSON.parse(elsewhere.stdout) as {
    fingerprint: string;
    isSignerKnown: boolean;
  };
  assert.equal(isSignerKnown, false);
  assert.equal((await verify(first.files.json, '--signer', fingerprint)).exitCode, 0);
  const stranger = await drillInstance(context);
  const foreign = await cli(['drill', 'verify', first.files.json], { home: stranger.home });
  assert.match(foreign.stderr, /drill\.unknown-signer/);
  const forged = join(folder, 'forged.json');
  writeFileSync(forged, readFileSync(first.files.json, 'utf8').replace('"passed"', '"failed"'));
  assert.match((await verify(forged)).stderr, /drill\.bad-signature/);
  writeFileSync(first.files.json, readFileSync(reports[1]?.files.json ?? ''));
  assert.match((await cli(['drill', 'show', first.id], { home })).stderr, /drill\.bad-signature/);
  rmSync(first.files.json);
  assert.throws(() => loadDrill(instance.app, first.id), failure('drill.report-missing'));
  renameSync(instance.place, `${instance.place}-away`);
  assert.equal((await cli(['drill', 'run', '--kind', 'secrets'], { home })).exitCode, 1);
  assert.equal((await cli(['drill', 'run', '--destination', 'nowhere'], { home })).exitCode, 2);
});
