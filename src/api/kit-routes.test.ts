import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ConsoleSite, consoleSite, makeReady } from '../../test/support/console.ts';
import type { Role } from '../accounts/role.ts';
import { type KitManifest, signManifest } from '../breakglass/kit/manifest.ts';
import type { SigningKey } from '../breakglass/signing-key.ts';
import { SecretString } from '../base/secret-string.ts';
import { findJob } from '../jobs/job.ts';
import type { KitDifferenceView, KitManifestView, KitView, SecretListView } from './schemas/kits.ts';
import type { RunLinesView, RunList, SizesView } from './schemas/runs.ts';

async function get(site: ConsoleSite, role: Role, url: string) {
  const headers = { host: 'localhost', cookie: await site.cookieOf(role) };
  return await site.server.inject({ url: `/api/v1${url}`, headers });
}

async function backUp(site: ConsoleSite): Promise<void> {
  await (await site.desk.start(findJob(site.app.store, 'secrets'), 'person')).ended;
}

/** A site with two secrets, backed up twice: one was changed between and one has nothing in it. */
async function twoKits(context: TestContext): Promise<ConsoleSite> {
  const site = await consoleSite(context);
  await makeReady(site);
  const id = site.app.vault.add({ title: 'router', username: 'admin', password: new SecretString('first-Value') });
  site.app.vault.add({ title: '=cmd()', username: '' });
  await backUp(site);
  site.app.vault.edit(id, { password: new SecretString('second-Value') });
  await backUp(site);
  return site;
}

const listDrills = async (site: ConsoleSite) =>
  (await get(site, 'auditor', '/drills')).json<{ live: unknown[]; drills: { id: string; result: string }[] }>();

/** Asks for the drill of the secrets and waits for its end. */
async function holdDrill(site: ConsoleSite, destination = 'local') {
  const headers = { host: 'localhost', cookie: await site.cookieOf('operator'), 'sec-fetch-site': 'same-origin' };
  const payload = { kind: 'secrets', destination };
  const answer = await site.server.inject({ method: 'POST', url: '/api/v1/drills', headers, payload });
  while ((await listDrills(site)).live.length > 0) await new Promise(setImmediate);
  return answer;
}

test('kits are listed, compared without opening them, and their page is downloaded by operators only', async (context) => {
  const site = await twoKits(context);
  const { kits } = (await get(site, 'auditor', '/kits')).json<{ kits: KitView[] }>();
  assert.equal(kits.length, 2);
  const [newer, older] = kits;
  const path = `/kits/secrets/local/${newer?.name}`;
  const manifest = (await get(site, 'auditor', path)).json<KitManifestView>();
  assert.equal(manifest.records, newer?.records);
  assert.ok(manifest.files.some(({ name }) => name === 'open.html'));
  const difference = (await get(site, 'auditor', `${path}/difference?since=${older?.name}`)).json<KitDifferenceView>();
  assert.deepEqual(difference, { added: 0, removed: 0, changed: 1, unchanged: manifest.records - 1 });
  const page = await get(site, 'operator', `${path}/open.html`);
  assert.match(page.body, /^<!doctype html>/i);
  assert.match(String(page.headers['content-disposition']), /^attachment; filename="open-.*\.html"/);
  assert.equal((await get(site, 'auditor', `${path}/open.html`)).statusCode, 403);
  for (const wrong of ['/kits/secrets/local/..', '/kits/secrets/local/nothing', '/kits/system/local/x'])
    assert.equal((await get(site, 'operator', wrong)).statusCode, 404, wrong);
  assert.deepEqual(site.bugs, []);
});

test('every secret tells its last backup and whether it is whole: healthy, empty, waiting, damaged', async (context) => {
  const site = await twoKits(context);
  const ask = async (query = ''): Promise<SecretListView> => (await get(site, 'auditor', `/secrets${query}`)).json();
  const stateOf = ({ items }: SecretListView, title: string) => items.find((item) => item.title === title)?.state;
  const first = await ask();
  assert.deepEqual([stateOf(first, 'router'), stateOf(first, '=cmd()')], ['healthy', 'empty']);
  assert.equal(first.items.find(({ title }) => title === 'router')?.copies[0]?.destination, 'local');
  assert.ok(!JSON.stringify(first).includes('-Value'), 'no value');
  const table = (await get(site, 'auditor', '/secrets.csv')).body;
  assert.match(table, /,router,admin,/);
  assert.match(table, /,'=cmd\(\),/, 'no spreadsheet takes a title for a formula');

  site.app.vault.add({ title: 'new one', password: new SecretString('x') });
  const waiting = await ask('?state=waiting');
  assert.deepEqual(
    waiting.items.map(({ title, copies }) => [title, copies.length]),
    [['new one', 0]],
  );
  assert.equal((await ask('?text=ROUTER')).total, 1);
  const soon = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
  assert.deepEqual([(await ask(`?since=${soon}`)).total, (await ask(`?until=${soon}`)).total], [0, first.total]);
  const filtered = (await get(site, 'auditor', '/secrets.csv?text=router&type=login')).body.trim().split('\r\n');
  assert.deepEqual([filtered.length, filtered[1]?.includes(',router,admin,')], [2, true], 'what the filters show');
  const sealed = site.app.store.database.prepare('SELECT items FROM kit_item').all();
  assert.ok(sealed.every(({ items }) => !Buffer.from(items as Uint8Array).includes('router')));

  const kit = first.items[0]?.copies[0]?.kit ?? '';
  await writeFile(join(site.folder, 'copies', 'secrets', kit, 'secrets.kdbx'), 'overwritten');
  await holdDrill(site);
  assert.equal(stateOf(await ask(), 'router'), 'damaged');
  await backUp(site);
  assert.equal(stateOf(await ask(), 'router'), 'healthy', 'a new kit took its place');
  assert.deepEqual(site.bugs, []);
});

test('the history is filtered, counted, told line by line and taken away as a table', async (context) => {
  const site = await twoKits(context);
  const list = (
    await get(site, 'auditor', '/runs?kind=secrets&startedBy=person&destination=local&limit=1')
  ).json<RunList>();
  assert.deepEqual([list.total, list.runs.length, list.next], [2, 1, 2]);
  assert.equal((await get(site, 'auditor', '/runs?from=1')).json<RunList>().runs[0]?.id, 1);
  assert.equal((await get(site, 'auditor', '/runs?since=2099-01-01T00:00:00Z')).json<RunList>().total, 0);
  const { lines } = (await get(site, 'auditor', '/runs/1/lines')).json<RunLinesView>();
  assert.deepEqual([lines[0]?.what, lines.at(-1)?.what], ['started', 'succeeded']);
  const table = (await get(site, 'auditor', '/runs.csv?kind=secrets')).body.trim().split('\r\n');
  assert.equal(table.length, 3);
  assert.match(table[1] ?? '', /^2,secrets,secrets,person,.*,succeeded,local,succeeded,/);
  const { histories } = (await get(site, 'auditor', '/sizes')).json<SizesView>();
  assert.deepEqual(
    histories.map(({ job, destination, days }) => [job, destination, days.length]),
    [['secrets', 'local', 1]],
  );
  assert.ok((histories[0]?.days[0]?.newBytes ?? 0) > 0);
});

test('a drill is asked for, and its signed report is read and taken away', async (context) => {
  const site = await twoKits(context);
  const asked = await holdDrill(site);
  assert.equal(asked.statusCode, 200, asked.body);
  const nowhere = await holdDrill(site, 'x');
  assert.equal(nowhere.json<{ code: string }>().code, 'drill.nothing-to-test');
  const [drill] = (await listDrills(site)).drills;
  assert.equal(drill?.result, 'passed');
  const report = (await get(site, 'auditor', `/drills/${drill?.id}`)).json<{ steps: unknown[] }>();
  assert.ok(report.steps.length > 2);
  const page = await get(site, 'auditor', `/drills/${drill?.id}/report?as=pt`);
  assert.match(page.body, /<html lang="pt/);
  assert.deepEqual(site.bugs, []);
});

test('the page of a kit that somebody else put in its place is not given away', async (context) => {
  const site = await twoKits(context);
  const { kits } = (await get(site, 'auditor', '/kits')).json<{ kits: KitView[] }>();
  const name = kits[0]?.name ?? '';
  const folder = join(site.folder, 'copies', 'secrets', name);
  const url = `/kits/secrets/local/${name}`;
  const read = (file: string): Promise<Buffer> => readFile(join(folder, file));
  // Whoever owns the destination signs a kit of their own, whose page keeps what is typed into it.
  const evil = Buffer.from('<!doctype html><title>Type your master password</title>');
  const was = JSON.parse((await read('manifest.json')).toString('utf8')) as KitManifest;
  const { format: _format, version: _version, signer: _signer, files, ...facts } = was;
  const own = new Map(await Promise.all(files.map(async (file) => [file.name, await read(file.name)] as const)));
  const pair = generateKeyPairSync('ed25519');
  const signingKey = {
    publicKey: Buffer.from(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    sign: (bytes: Uint8Array) => sign(null, bytes, pair.privateKey),
  } as unknown as SigningKey;
  const before = { manifest: await read('manifest.json'), signature: await read('manifest.sig') };
  const forged = signManifest(facts, own.set('open.html', evil), signingKey);
  await writeFile(join(folder, 'open.html'), evil);
  await writeFile(join(folder, 'manifest.json'), forged.bytes);
  await writeFile(join(folder, 'manifest.sig'), forged.signature);
  for (const path of ['/open.html', '']) {
    const answer = await get(site, 'operator', `${url}${path}`);
    assert.equal(answer.json<{ code: string }>().code, 'breakglass.damaged-file', path);
  }
  assert.equal(site.bugs.length, 0);

  // The manifest that we wrote says nothing of such a page.
  await writeFile(join(folder, 'manifest.json'), before.manifest);
  await writeFile(join(folder, 'manifest.sig'), before.signature);
  const answer = await get(site, 'operator', `${url}/open.html`);
  assert.equal(answer.json<{ code: string }>().code, 'breakglass.damaged-file');
});
