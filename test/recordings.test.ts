// Recordings from their source to the catalogue and back out of the encrypted repository.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tellNote } from '../src/base/note.ts';
import type { OrbitEvent } from '../src/base/event.ts';
import { RecordingArchive } from '../src/jobs/recording-archive.ts';
import { rebuildCatalogue } from '../src/jobs/recording-catalogue.ts';
import { purgeRecordings } from '../src/jobs/recording-purge.ts';
import { addDestination } from '../src/destinations/destination.ts';
import { prepareDestination } from '../src/destinations/open.ts';
import { catchUp } from '../src/jobs/catch-up.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { holdRecording } from '../src/recordings/catalogue/hold.ts';
import { runJob } from '../src/jobs/runner.ts';
import { saveLayout } from '../src/recordings/catalogue/layouts.ts';
import { findRecording, type Recording } from '../src/recordings/catalogue/recording.ts';
import { type RecordingQuery, searchRecordings } from '../src/recordings/catalogue/search.ts';
import { openWordKey, setKeepsWords } from '../src/recordings/catalogue/word-key.ts';
import { bytesOf } from '../src/recordings/formats/byte-reader.ts';
import { failure } from './support/failures.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { makeOld, type RecordingsSite, recordingsSite } from './support/recordings.ts';

function find(site: RecordingsSite, query: RecordingQuery): Recording[] {
  const { store, instanceKey } = site.app;
  return searchRecordings(store, openWordKey(store, instanceKey), query).recordings;
}

const names = (recordings: Recording[]): string[] => recordings.map(({ path }) => path.split('/').at(-1) ?? '').sort();

function fill(site: RecordingsSite): void {
  site.put('v2.cast', 'asciinema/db01.cast');
  site.put('classic.typescript', 'script/classic.typescript');
  site.put('classic.timing', 'script/classic.timing');
  site.put('session.tlog', 'tlog/session.tlog');
  site.put('screen.mp4', 'video/2024/0501/4711.mp4');
  const jumpserver = join(site.recordings, 'replay/2024-05-01');
  mkdirSync(jumpserver, { recursive: true });
  writeFileSync(join(jumpserver, 'c0ffee.cast.gz'), gzipSync(fixtureBytes('v2.cast')));
  const session = {
    id: 'c0ffee',
    user: 'Beatriz(bia)',
    asset: 'router-sp(10.0.0.9)',
    account: 'netadmin',
    protocol: 'SSH',
    remote_addr: '203.0.113.5',
    date_start: '2024/05/01 10:00:00 +0000',
    date_end: '2024/05/01 10:30:00 +0000',
  };
  writeFileSync(join(jumpserver, 'c0ffee.json'), JSON.stringify(session));
  for (const name of ['c0ffee.cast.gz', 'c0ffee.json']) makeOld(join(jumpserver, name));
}

test('recordings that tell of impossible times are listed without them, and so are all others', async (t) => {
  const site = await recordingsSite(t);
  site.put('v2.cast', 'good.cast');
  const put = (name: string, bytes: Buffer | string): void => {
    const path = join(site.recordings, name);
    writeFileSync(path, bytes);
    makeOld(path);
  };
  const box = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  // Version 1: made in the last second that 64 bits can tell, of a length that they can tell.
  const header = Buffer.alloc(108, 0xff);
  header.writeUInt32BE(0x0100_0000);
  header.writeUInt32BE(1, 20);
  put('far.mp4', Buffer.concat([box('ftyp', Buffer.from('isom')), box('moov', box('mvhd', header))]));
  put('ages.cast', '{"version": 2, "width": 80, "height": 24}\n[1e300, "o", "words of ages"]\n');
  assert.equal((await site.run()).outcome, 'succeeded');
  assert.deepEqual(names(find(site, {})), ['ages.cast', 'far.mp4', 'good.cast']);
  assert.deepEqual(names(find(site, { content: 'ages' })), ['ages.cast']);
  for (const { startedAt, durationMs } of find(site, {}))
    assert.ok(Date.parse(startedAt) > 0 && (durationMs ?? 0) < 1e12, `${startedAt} ${durationMs}`);
});

test('a folder of recordings that is a link is backed up with what it leads to, and purged there', async (t) => {
  const site = await recordingsSite(t);
  const elsewhere = join(site.folder, 'disk');
  const path = site.put('v2.cast', 'db01.cast');
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  renameSync(site.recordings, elsewhere);
  symlinkSync(elsewhere, site.recordings);
  assert.equal((await site.run()).outcome, 'succeeded');
  const found = find(site, {});
  assert.deepEqual(
    found.map(({ path }) => path),
    [join(elsewhere, 'db01.cast')],
  );
  const job = findJob(site.app.store, 'recordings');
  assert.ok(job.kind === 'recordings');
  const report = await purgeRecordings(site.app, job, { olderThanDays: 1, isDryRun: false, user: 'ana' });
  assert.equal(report.removed, 1);
  assert.ok(!existsSync(join(elsewhere, 'db01.cast')));
});

test('a backup fills the catalogue; recordings are found by facts, by time and by what was shown', async (t) => {
  const site = await recordingsSite(t);
  fill(site);
  const run = await site.run();
  assert.equal(run.outcome, 'succeeded');
  assert.match(
    run.results[0]?.summary?.notes.map((note) => tellNote(note, 'en')).join() ?? '',
    /new recordings in the catalogue: 5/,
  );
  const everything = ['4711.mp4', 'c0ffee.cast.gz', 'classic.typescript', 'db01.cast', 'session.tlog'];
  assert.deepEqual(names(find(site, {})), everything);
  assert.deepEqual(names(find(site, { user: 'beatriz' })), ['c0ffee.cast.gz']);
  assert.deepEqual(names(find(site, { text: 'ROUTER-sp netadmin 203.0.113.5' })), ['c0ffee.cast.gz']);
  assert.deepEqual(names(find(site, { target: 'bastion01' })), ['session.tlog']);
  assert.deepEqual(names(find(site, { text: '4711' })), ['4711.mp4']);
  assert.deepEqual(names(find(site, { content: 'systemctl postgresql' })).length, 4);
  assert.deepEqual(names(find(site, { content: 'conclúida' })).length, 4);
  assert.deepEqual(find(site, { content: 'systemctl mongodb' }), []);
  const time = new Date('2024-05-02');
  assert.deepEqual(names(find(site, { until: time })), ['c0ffee.cast.gz']);
  assert.deepEqual(names(find(site, { longerThan: 5000, shorterThan: 7000 })), ['4711.mp4']);
  assert.deepEqual(find(site, { text: '%' }), []);
  assert.deepEqual(site.bugs, []);
});

test('the catalogue is made anew from the repository alone, with the same ids', async (t) => {
  const site = await recordingsSite(t);
  fill(site);
  await site.run();
  const before = find(site, {});
  rmSync(site.recordings, { recursive: true });
  assert.equal((await rebuildCatalogue(site.app)).recordings, 5);
  const plain = (all: Recording[]): unknown => all.map((one) => ({ ...one, sha256: '' }));
  assert.deepEqual(plain(find(site, {})), plain(before));
  assert.equal(names(find(site, { content: 'systemctl' })).length, 4);
  assert.equal(
    find(site, { text: 'db01.cast' })[0]?.sha256,
    before.find(({ path }) => path.endsWith('db01.cast'))?.sha256,
  );
});

test('a recording is read from the encrypted repository, any part of it, after its source is gone', async (t) => {
  const site = await recordingsSite(t);
  fill(site);
  await site.run();
  rmSync(site.recordings, { recursive: true });
  const archive = new RecordingArchive(site.app);
  t.after(() => archive.close());
  const [video] = find(site, { format: 'mp4' });
  const opened = await archive.open(video?.id ?? '');
  const bytes = fixtureBytes('screen.mp4');
  assert.ok((await bytesOf(opened.file, { offset: 1000, length: 500 })).equals(bytes.subarray(1000, 1500)));
  const script = await archive.open(find(site, { format: 'typescript' })[0]?.id ?? '');
  const times: number[] = [];
  for await (const { atMs } of script.playable?.format.events?.(script.playable.source) ?? []) times.push(atMs);
  assert.ok((times.at(-1) ?? 0) > 600, 'its timing was found beside it');
  const packed = await archive.open(find(site, { user: 'beatriz' })[0]?.id ?? '');
  assert.equal(packed.playable?.format.kind, 'asciicast');
});

test('who watches has what was read a moment ago; who proves a copy reads what lies at the destination', async (t) => {
  const site = await recordingsSite(t);
  fill(site);
  await site.run();
  const archive = new RecordingArchive(site.app);
  t.after(() => archive.close());
  const id = find(site, { format: 'mp4' })[0]?.id ?? '';
  const copy = join(site.folder, 'copies/recordings');
  await archive.prepare(id);
  rmSync(join(copy, 'keys'), { recursive: true });
  const part = { offset: 1000, length: 500 };
  const read = async (isWatched: boolean): Promise<Buffer> =>
    await bytesOf((await archive.open(id, { isWatched })).file, part);
  const bytes = await read(true);
  assert.ok(bytes.equals(fixtureBytes('screen.mp4').subarray(1000, 1500)), 'the repository was open already');
  for (const place of ['data', 'snapshots']) rmSync(join(copy, place), { recursive: true });
  assert.ok((await read(true)).equals(bytes));
  await assert.rejects(read(false));
  await archive.prepare('no such recording');
});

test('a recording that is changed after it was backed up is told, and both versions stay', async (t) => {
  const site = await recordingsSite(t);
  const path = site.put('v2.cast', 'db01.cast');
  await site.run();
  const [first] = find(site, {});
  appendFileSync(path, '[9.0, "o", "rm -rf /tmp/evidence\\r\\n"]\n');
  makeOld(path, 1800);
  const told: OrbitEvent[] = [];
  await runJob({ ...site.app, tell: (event) => told.push(event) }, findJob(site.app.store, 'recordings'), {
    startedBy: 'person',
  });
  const change = told.find(({ id }) => id === 'recording.changed');
  assert.equal(change?.facts.sizeBefore, first?.size);
  assert.equal(change?.facts.sha256Before, first?.sha256);
  assert.notEqual(change?.facts.sha256Now, first?.sha256);
  const all = find(site, {});
  assert.equal(all.length, 2);
  const second = all.find(({ id }) => id !== first?.id);
  assert.equal(second?.replaces, first?.id);
  const archive = new RecordingArchive(site.app);
  t.after(() => archive.close());
  const read = async (id = ''): Promise<string> =>
    (await bytesOf((await archive.open(id)).file, { offset: 0, length: 1e6 })).toString();
  assert.ok((await read(second?.id)).includes('evidence'));
  assert.ok(!(await read(first?.id)).includes('evidence'));
});

test('a change that keeps size and time is noticed as well', async (t) => {
  const site = await recordingsSite(t);
  const path = site.put('v2.cast', 'db01.cast');
  await site.run();
  const text = readFileSync(path, 'utf8').replace('postgresql', 'postgresqX');
  writeFileSync(path, text);
  makeOld(path);
  const told: OrbitEvent[] = [];
  await runJob({ ...site.app, tell: (event) => told.push(event) }, findJob(site.app.store, 'recordings'), {
    startedBy: 'person',
  });
  assert.ok(told.some(({ id }) => id === 'recording.changed'));
  assert.equal(find(site, {}).length, 2);
});

test('a renamed recording keeps its id and is found by every name it had', async (t) => {
  const site = await recordingsSite(t);
  const path = site.put('v2.cast', 'db01.cast');
  await site.run();
  const [before] = find(site, {});
  renameSync(path, join(site.recordings, 'db01.cast.1'));
  const run = await site.run();
  assert.match(
    run.results[0]?.summary?.notes.map((note) => tellNote(note, 'en')).join() ?? '',
    /1 recordings have a new name/,
  );
  const [after, ...others] = find(site, {});
  assert.deepEqual(others, []);
  assert.equal(after?.id, before?.id);
  assert.match(after?.path ?? '', /db01\.cast\.1$/);
  assert.deepEqual(after?.formerPaths, [path]);
  for (const text of ['db01.cast.1', 'cast.1', path]) assert.equal(find(site, { text })[0]?.id, before?.id, text);
  renameSync(join(site.recordings, 'db01.cast.1'), join(site.recordings, 'evidence'));
  await site.run();
  assert.deepEqual(names(find(site, { text: 'evidence' })), ['evidence']);
  assert.equal(find(site, { text: 'db01.cast.1' })[0]?.id, before?.id, 'by every name it had');
  assert.equal(find(site, { text: 'db01.cast' })[0]?.id, before?.id);
  await rebuildCatalogue(site.app);
  assert.deepEqual(find(site, { text: 'evidence' })[0]?.formerPaths, [path, join(site.recordings, 'db01.cast.1')]);
});

test('rotation keeps every id and is no change; two sessions that are alike are two recordings', async (t) => {
  const site = await recordingsSite(t);
  const told: OrbitEvent[] = [];
  const run = () =>
    runJob({ ...site.app, tell: (event) => told.push(event) }, findJob(site.app.store, 'recordings'), {
      startedBy: 'person',
    });
  const path = (name: string): string => join(site.recordings, name);
  const ids = (): Record<string, string> =>
    Object.fromEntries(find(site, {}).map((one) => [one.path.slice(site.recordings.length + 1), one.id]));
  site.put('v2.cast', 'session');
  site.put('session.ttyrec', 'session.1');
  site.put('session.ttyrec', 'twin/4711');
  await run();
  const before = ids();
  assert.deepEqual(Object.keys(before).sort(), ['session', 'session.1', 'twin/4711']);
  renameSync(path('session.1'), path('session.2'));
  renameSync(path('session'), path('session.1'));
  site.put('session.tlog', 'session');
  mkdirSync(path('archive'));
  renameSync(path('twin/4711'), path('archive/4711'));
  await run();
  const after = ids();
  assert.deepEqual(
    ['session.1', 'session.2', 'archive/4711'].map((name) => after[name]),
    ['session', 'session.1', 'twin/4711'].map((name) => before[name]),
  );
  assert.equal(Object.keys(after).length, 4);
  assert.deepEqual(
    told.filter(({ id }) => id === 'recording.changed'),
    [],
  );
  await rebuildCatalogue(site.app);
  assert.deepEqual(ids(), after, 'made anew, it comes out the same');
});

test('ids are the same from whichever destination the catalogue is made, after moves too, and one that came later knows what was moved before', async (t) => {
  const site = await recordingsSite(t);
  const add = async (name: string): Promise<void> => {
    const config = { path: join(site.folder, `copies-${name}`) };
    const added = addDestination(site.app.store, site.app.instanceKey, { name, kind: 'folder', config });
    await prepareDestination(site.app, added);
    const before = findJob(site.app.store, 'recordings');
    saveJob(site.app.store, { ...before, destinations: [...before.destinations, name] });
  };
  const shown = (): { id: string; path: string; copies: string[] }[] =>
    find(site, {})
      .map(({ id, path, copies }) => ({ id, path: path.slice(site.recordings.length + 1), copies: copies.toSorted() }))
      .sort((a, b) => a.path.localeCompare(b.path));
  const moved = (from: string, to: string): void => renameSync(join(site.recordings, from), join(site.recordings, to));
  await add('second');
  // Two that are alike, one that is moved, and one that another takes the place of.
  site.put('v2.cast', 'a.cast');
  site.put('session.ttyrec', 'b');
  site.put('session.ttyrec', 'c');
  await site.run();
  moved('a.cast', 'moved.cast');
  moved('b', 'b.1');
  site.put('session.tlog', 'b');
  await site.run();
  const both = shown();
  for (const destinations of [['second'], ['local'], ['second', 'local']]) {
    await rebuildCatalogue(site.app, { destinations });
    const withCopies = shown().map((one) => ({ ...one, copies: ['local', 'second'] }));
    assert.deepEqual(withCopies, both, destinations.join());
  }

  await add('third');
  moved('b.1', 'b.2');
  await site.run();
  await catchUp(site.app, findJob(site.app.store, 'recordings'), 'third');
  const all = shown();
  assert.deepEqual(all.map(({ id }) => id).sort(), both.map(({ id }) => id).sort());
  for (const { copies } of all) assert.deepEqual(copies, ['local', 'second', 'third']);
  for (const destinations of [
    ['third', 'local'],
    ['local', 'third'],
  ]) {
    await rebuildCatalogue(site.app, { destinations });
    assert.deepEqual(
      shown(),
      all.map((one) => ({ ...one, copies: ['local', 'third'] })),
      destinations.join(),
    );
  }
});

test('a recording that is still written to waits; grown after it was taken, it is a change, and both stay', async (t) => {
  const site = await recordingsSite(t);
  const path = site.put('v2.cast', 'growing.cast');
  const writer = openSync(path, 'a');
  await site.run();
  assert.deepEqual(find(site, {}), [], 'somebody has it open');
  writeSync(writer, '[9.0, "o", "more of it\\r\\n"]\n');
  closeSync(writer);
  await site.run();
  assert.deepEqual(find(site, {}), [], 'it changed just now');
  makeOld(path);
  await site.run();
  const [first, ...none] = find(site, {});
  assert.deepEqual(none, []);
  assert.equal(first?.durationMs, 9000);
  appendFileSync(path, '[12.0, "o", "and more\\r\\n"]\n');
  makeOld(path, 1800);
  await site.run();
  assert.deepEqual(
    find(site, {}).map(({ durationMs, replaces }) => [durationMs, replaces]),
    [
      [12_000, first?.id],
      [9000, undefined],
    ],
  );
});

test('words are kept as digests only, and not at all when that is switched off', async (t) => {
  const site = await recordingsSite(t);
  site.put('v2.cast', 'db01.cast');
  await site.run();
  const { database } = site.app.store;
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  for (const file of ['orbit.db', 'orbit.db-wal']) {
    const bytes = readFileSync(join(site.app.home, file));
    assert.ok(!bytes.includes('systemctl') && !bytes.includes('hostname'), `${file} holds text of a session`);
  }
  setKeepsWords(site.app.store, false);
  assert.deepEqual(find(site, { content: 'systemctl' }), []);
  await rebuildCatalogue(site.app);
  assert.equal(database.prepare('SELECT count(*) AS n FROM recording_word').get()?.['n'], 0);
  assert.equal(find(site, {}).length, 1);
});

test('a layout of one’s own reads paths and lists that nobody else has', async (t) => {
  const site = await recordingsSite(t);
  site.put('session.ttyrec', 'pam/ana@db02/77.rec');
  writeFileSync(join(site.recordings, 'pam/index.csv'), 'nr;quem;de\n77;Ana Souza;198.51.100.7\n');
  makeOld(join(site.recordings, 'pam/index.csv'));
  saveLayout(site.app.store, {
    name: 'pam',
    path: '{account}@{target}/{sessionId}.rec',
    side: [{ path: '../index.csv', key: 'nr', fields: { user: 'quem', origin: 'de' } }],
  });
  await site.run();
  const [recording] = find(site, {});
  const { user, origin, account, target, sessionId } = findRecording(site.app.store, recording?.id ?? '');
  assert.deepEqual([user, origin, account, target, sessionId], ['Ana Souza', '198.51.100.7', 'ana', 'db02', '77']);
});

test('purging removes only what is old, free, and proved at every destination; and first only tells', async (t) => {
  const site = await recordingsSite(t);
  const days = (path: string, age: number): void => makeOld(path, age * 86_400);
  const old = site.put('v2.cast', 'old.cast');
  const young = site.put('session.ttyrec', 'young.ttyrec');
  const held = site.put('session.tlog', 'held.tlog');
  const prevented = site.put('screen.mp4', 'kept/screen.mp4');
  writeFileSync(join(site.recordings, '.orbit-prevent-purge-not'), '');
  writeFileSync(join(site.recordings, 'kept/.orbit-prevent-purge'), '');
  const changed = site.put('screen.webm', 'changed.webm');
  for (const path of [old, held, prevented, changed]) days(path, 100);
  days(young, 10);
  await site.run();
  holdRecording(site.app, find(site, { text: 'held.tlog' })[0]?.id ?? '', 'ana', 'case 7');
  appendFileSync(changed, 'more');
  days(changed, 99);
  const told: OrbitEvent[] = [];
  const surroundings = { ...site.app, tell: (event: OrbitEvent) => void told.push(event) };
  const job = findJob(site.app.store, 'recordings');
  if (job.kind !== 'recordings') return assert.fail();
  const purge = async (isDryRun: boolean): Promise<Record<string, string>> => {
    const { recordings } = await purgeRecordings(surroundings, job, { user: 'ana', olderThanDays: 90, isDryRun });
    return Object.fromEntries(
      recordings.map(({ path, why, outcome }) => [path.split('/').at(-1) ?? '', why ?? outcome]),
    );
  };
  const expected = {
    'old.cast': 'removed',
    'young.ttyrec': 'too-young',
    'held.tlog': 'held',
    'screen.mp4': 'prevented',
    'changed.webm': 'changed',
  };
  assert.deepEqual(await purge(true), expected);
  for (const path of [old, young, held, prevented, changed]) assert.ok(existsSync(path));
  assert.equal(told.length, 0);
  assert.deepEqual(await purge(false), expected);
  assert.ok(!existsSync(old));
  for (const path of [young, held, prevented, changed]) assert.ok(existsSync(path));
  assert.equal(told.find(({ id }) => id === 'recording.purged')?.facts.files, 1);
  // What was purged can still be watched.
  const archive = new RecordingArchive(site.app);
  t.after(() => archive.close());
  const { file } = await archive.open(find(site, { text: 'old.cast' })[0]?.id ?? '');
  assert.ok((await bytesOf(file, { offset: 0, length: 1e6 })).equals(fixtureBytes('v2.cast')));
});

test('retention lets go of nothing that is held, and nothing is purged while it may let go', async (t) => {
  const site = await recordingsSite(t);
  const job = findJob(site.app.store, 'recordings');
  if (job.kind !== 'recordings') return assert.fail();
  for (const name of ['held.cast', 'free.tlog']) {
    const path = site.put(name === 'held.cast' ? 'v2.cast' : 'session.tlog', name);
    await site.run();
    rmSync(path);
  }
  const [held, free] = ['held.cast', 'free.tlog'].map((name) => find(site, { text: name })[0]?.id ?? '');
  holdRecording(site.app, held ?? '', 'ana', 'case 7');
  saveJob(site.app.store, { ...job, retention: { last: 1 } });
  site.put('session.ttyrec', 'last.ttyrec');
  await site.run();
  const archive = new RecordingArchive(site.app);
  t.after(() => archive.close());
  assert.equal((await archive.open(held ?? '')).playable?.format.kind, 'asciicast');
  await assert.rejects(archive.open(free ?? ''), failure('recordings.no-copy'));
  const refused = { user: 'ana', olderThanDays: 1, isDryRun: false };
  await assert.rejects(
    purgeRecordings(site.app, { ...job, retention: { last: 1 } }, refused),
    failure('recordings.retention-lets-go'),
  );
});

test('a recording whose copy is damaged is not purged', async (t) => {
  const site = await recordingsSite(t);
  const path = site.put('screen.mp4', 'screen.mp4');
  makeOld(path, 100 * 86_400);
  await site.run();
  const data = join(site.folder, 'copies/recordings/data');
  for (const pack of globSync('**/*', { cwd: data, withFileTypes: true }).filter((entry) => entry.isFile())) {
    const file = join(pack.parentPath, pack.name);
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    chmodSync(file, 0o600);
    writeFileSync(file, bytes);
  }
  const job = findJob(site.app.store, 'recordings');
  if (job.kind !== 'recordings') return assert.fail();
  await assert.rejects(
    purgeRecordings(site.app, job, { user: 'ana', olderThanDays: 90, isDryRun: false }),
    failure('repository.damaged-pack'),
  );
  assert.ok(existsSync(path));
});
