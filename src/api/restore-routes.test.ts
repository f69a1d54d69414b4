import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type ConsoleSite, consoleSite, makeReady } from '../../test/support/console.ts';
import { needs } from '../../test/support/tools.ts';
import type { Role } from '../accounts/role.ts';
import { openFolderBackend } from '../backends/folder.ts';
import { findEntry } from '../engine/browse/entries.ts';
import { Repository } from '../engine/repository/repository.ts';
import { repositoryPassword } from '../jobs/repository-passwords.ts';
import { findJob } from '../jobs/job.ts';
import type { RestoreView } from './schemas/restore.ts';

const long = `${'a-rather-long-name-'.repeat(9)}ç.conf`;

/** A site whose system job ran twice: `vault.conf` changed between. */
async function backedUp(context: TestContext): Promise<ConsoleSite & { source: string }> {
  const site = await consoleSite(context);
  await makeReady(site);
  const source = join(site.folder, 'source');
  await mkdir(join(source, 'keys'), { recursive: true });
  await writeFile(join(source, 'keys', 'id'), 'k'.repeat(100_000), { mode: 0o600 });
  await writeFile(join(source, 'keys', long), 'long');
  await symlink('id', join(source, 'keys', 'current'));
  await (await site.desk.start(findJob(site.app.store, 'system'), 'person')).ended;
  await writeFile(join(source, 'vault.conf'), 'listen = 0.0.0.0\n');
  await (await site.desk.start(findJob(site.app.store, 'system'), 'person')).ended;
  return { ...site, source };
}

async function ask(site: ConsoleSite, role: Role, method: 'GET' | 'POST', url: string, payload?: object) {
  return await site.server.inject({
    method,
    url: `/api/v1${url}`,
    headers: { host: 'localhost', cookie: await site.cookieOf(role), 'sec-fetch-site': 'same-origin' },
    ...(payload === undefined ? {} : { payload }),
  });
}

const at = '/copies/local/system';
const q = encodeURIComponent;

test('a snapshot is looked into, searched, and every version of a file is found and taken out', async (context) => {
  const site = await backedUp(context);
  const listed = (await ask(site, 'auditor', 'GET', `${at}/snapshots`)).json<{ snapshots: { id: string }[] }>();
  assert.equal(listed.snapshots.length, 2);
  const newest = listed.snapshots[0]?.id ?? '';
  const folder = await ask(site, 'operator', 'GET', `${at}/snapshots/${newest}/entries?path=${q(site.source)}`);
  const entries = folder.json<{ entries: { name: string; type: string }[]; total: number }>();
  assert.deepEqual(
    entries.entries.map(({ name, type }) => [name, type]),
    [
      ['keys', 'dir'],
      ['vault.conf', 'file'],
    ],
  );
  const search = await ask(site, 'operator', 'GET', `${at}/search?name=VAULT`);
  const { found, isComplete } = search.json<{ found: { path: string; versions: unknown[] }[]; isComplete: boolean }>();
  assert.deepEqual(
    found.map(({ path, versions }) => [path, versions.length]),
    [[join(site.source, 'vault.conf'), 2]],
  );
  assert.ok(isComplete);
  const pattern = await ask(site, 'operator', 'GET', `${at}/search?name=${q('?d')}`);
  assert.deepEqual(
    pattern.json<{ found: { path: string }[] }>().found.map(({ path }) => path),
    [join(site.source, 'keys', 'id')],
  );

  const path = q(join(site.source, 'vault.conf'));
  const versions = (await ask(site, 'operator', 'GET', `${at}/versions?path=${path}`)).json<{
    versions: { snapshots: { id: string }[] }[];
  }>().versions;
  const contents = [];
  for (const { snapshots } of versions) {
    const file = await ask(site, 'operator', 'GET', `${at}/snapshots/${snapshots[0]?.id}/file?path=${path}`);
    assert.match(String(file.headers['content-disposition']), /^attachment; filename="vault.conf"/);
    contents.push(file.body);
  }
  assert.deepEqual(contents, ['listen = 0.0.0.0\n', 'listen = 127.0.0.1\n']);
  assert.equal((await ask(site, 'auditor', 'GET', `${at}/snapshots/${newest}/file?path=${path}`)).statusCode, 403);
  assert.equal((await ask(site, 'auditor', 'GET', `${at}/search?name=vault`)).statusCode, 403);
  assert.equal((await ask(site, 'operator', 'GET', `${at}/snapshots/${newest}/file?path=nowhere`)).statusCode, 400);
  assert.equal((await ask(site, 'operator', 'GET', `${at}/snapshots/${newest}/file?path=/no`)).statusCode, 404);
  assert.equal((await ask(site, 'operator', 'GET', '/copies/local/secrets/snapshots')).statusCode, 400);
  assert.deepEqual(site.bugs, []);
});

test('tar and Python’s zipfile unpack the archive of a folder as it was', needs('python3'), async (context) => {
  const site = await backedUp(context);
  const url = `${at}/snapshots/latest/archive?path=${q(join(site.source, 'keys'))}`;
  for (const format of ['tar', 'zip']) {
    const answer = await ask(site, 'operator', 'GET', `${url}&format=${format}`);
    assert.equal(answer.statusCode, 200, answer.body.slice(0, 300));
    const file = join(site.folder, `keys.${format}`);
    const target = join(site.folder, `out-${format}`);
    await writeFile(file, answer.rawPayload);
    await mkdir(target);
    if (format === 'tar') execFileSync('tar', ['-xf', file, '-C', target]);
    else execFileSync('python3', ['-c', checkZip, file, target]);
    assert.equal(await readFile(join(target, 'keys', 'id'), 'utf8'), 'k'.repeat(100_000));
    assert.equal(await readFile(join(target, 'keys', long), 'utf8'), 'long');
    const link = join(target, 'keys', 'current');
    assert.equal(await readFile(link, 'utf8'), format === 'tar' ? 'k'.repeat(100_000) : 'id');
  }
  assert.deepEqual(site.bugs, []);
});

test(
  'a file arrives under its own name whatever is in it, and one that cannot be read is told as a problem',
  needs('python3'),
  async (context) => {
    const site = await backedUp(context);
    const name = `relatório d'março (100%)*; filename=x.txt`;
    await writeFile(join(site.source, name), 'text');
    await (await site.desk.start(findJob(site.app.store, 'system'), 'person')).ended;
    const url = `${at}/snapshots/latest/file?path=${q(join(site.source, name))}`;
    const answer = await ask(site, 'operator', 'GET', url);
    assert.equal(answer.body, 'text');
    // Plain letters for old clients; who reads RFC 6266 takes the other one.
    const [, others, exact] =
      /^(attachment); filename="[\w.-]+"; (filename\*=.+)$/.exec(String(answer.headers['content-disposition'])) ?? [];
    assert.match(exact ?? '', /^filename\*=UTF-8''(?:[\w!#$&+.^`|~-]|%[0-9A-F]{2})+$/, 'RFC 8187 section 3.2.1');
    assert.equal(execFileSync('python3', ['-c', readName, `${others}; ${exact}`], { encoding: 'utf8' }).trim(), name);
    await rm(join(site.folder, 'copies/system/data'), { recursive: true });
    const refused = await ask(site, 'operator', 'GET', url);
    assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
    assert.ok(refused.statusCode >= 400, refused.body);
    assert.deepEqual(site.bugs, []);
  },
);

const readName =
  'import sys, email.message\nm = email.message.Message()\nm["Content-Disposition"] = sys.argv[1]\nprint(m.get_filename())';

test('a file whose bytes are gone is told as a problem, not as an answer that breaks off', async (context) => {
  const site = await backedUp(context);
  const path = join(site.source, 'keys', 'id');
  const url = `${at}/snapshots/latest/file?path=${q(path)}`;
  assert.equal((await ask(site, 'operator', 'GET', url)).statusCode, 200);
  // Its folder stays readable: the file is found, and its size is known, before its first byte is asked for.
  const backend = await openFolderBackend(join(site.folder, 'copies/system'));
  const repository = await Repository.open(backend, repositoryPassword(site.app, 'local', 'system'));
  const indexed = await repository.loadIndex();
  const entry = await findEntry(indexed, await repository.loadSnapshot('latest'), path);
  const pack = indexed.locateBlob('data', entry?.node.content?.[0] ?? assert.fail('no content'))?.packId ?? '';
  await indexed.close();
  repository.close();
  await rm(join(site.folder, 'copies/system/data', pack.slice(0, 2), pack));
  const refused = await ask(site, 'operator', 'GET', url);
  assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
  assert.equal(refused.json<{ code: string }>().code, 'repository.pack-missing');
  assert.equal(refused.headers['content-disposition'], undefined, 'nobody is to save it under the name of the file');
  assert.deepEqual(site.bugs, []);
});

// testzip reads everything and compares the checksums.
const checkZip =
  'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nz.extractall(sys.argv[2])';

test('a restore is planned first, then done, and never by anybody but an administrator', async (context) => {
  const site = await backedUp(context);
  const target = join(site.folder, 'restored');
  const order = {
    destination: 'local',
    kind: 'system',
    snapshot: 'latest',
    path: join(site.source, 'keys'),
    to: 'place',
    target,
  };
  const run = async (more: object) => {
    const started = await ask(site, 'administrator', 'POST', '/restores', { ...order, ...more });
    assert.equal(started.statusCode, 200, started.body);
    for (;;) {
      const now = await ask(site, 'auditor', 'GET', `/restores/${started.json<RestoreView>().id}`);
      const state = now.json<RestoreView>();
      assert.equal(state.failure, undefined);
      if (state.outcome !== undefined) return state;
      await setImmediate();
    }
  };
  const plan = await run({ isPlan: true });
  assert.deepEqual(plan.counts, { new: 2, replace: 0, keep: 0, cannot: 0 });
  await assert.rejects(readFile(join(target, 'keys', 'id')), { code: 'ENOENT' });
  await run({ isPlan: false });
  assert.equal(await readFile(join(target, 'keys', 'id'), 'utf8'), 'k'.repeat(100_000));
  assert.equal((await run({ isPlan: true })).counts.keep, 3);
  assert.equal((await run({ isPlan: true, overwrite: 'always' })).counts.replace, 2);

  await writeFile(join(site.source, 'vault.conf'), 'broken');
  const file = { path: join(site.source, 'vault.conf'), to: 'original', target: '', overwrite: 'always' };
  await run({ ...file, isPlan: false });
  assert.equal(await readFile(join(site.source, 'vault.conf'), 'utf8'), 'listen = 0.0.0.0\n');

  const refused = await ask(site, 'operator', 'POST', '/restores', { ...order, isPlan: true });
  assert.equal(refused.statusCode, 403);
  for (const bad of [site.app.home, join(site.app.home, 'x'), 'relative', '/']) {
    const answer = await ask(site, 'administrator', 'POST', '/restores', { ...order, target: bad, isPlan: true });
    assert.equal(answer.json<{ code: string }>().code, 'restore.bad-target');
  }
  assert.deepEqual(site.bugs, []);
});
