// Takes pictures of the console for docs/images, from an instance with a made-up history, in the browser of the tests.
// `node scripts/console-images.ts FOLDER [WORD]` takes every page in every look instead, for whoever mends how it looks.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { addAccount, setPassword } from '../src/accounts/account.ts';
import { startSignIn } from '../src/accounts/sign-in.ts';
import { buildServer } from '../src/api/server.ts';
import { type App, openApp } from '../src/app.ts';
import { orbitEvent } from '../src/base/event.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { startCeremony } from '../src/breakglass/ceremony.ts';
import { openCustodians } from '../src/breakglass/custodians.ts';
import { addDestination } from '../src/destinations/destination.ts';
import { prepareDestination } from '../src/destinations/open.ts';
import { holdDrill } from '../src/jobs/drill.ts';
import { holdCopies } from '../src/jobs/copy-hold.ts';
import { findJob, listJobs, saveJob } from '../src/jobs/job.ts';
import { listRuns } from '../src/jobs/run.ts';
import { openRunDesk, type RunDesk } from '../src/jobs/run-desk.ts';
import { addReport } from '../src/reports/scheduled-report.ts';
import { sendReport } from '../src/reports/send-report.ts';
import { openBrowser, openServedPage } from '../test/support/browser.ts';
import { cheapHashes, goodPassword } from '../test/support/console.ts';

interface Look {
  name: string;
  locale: string;
  colorScheme: 'light' | 'dark';
  viewport: { width: number; height: number };
}

const wide: Look = { name: 'en', locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 840 } };
const looks: Look[] = [
  wide,
  { ...wide, name: 'dark', colorScheme: 'dark' },
  { name: 'pt-phone', locale: 'pt-BR', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];

/** Files of docs/images: the page, and how it is seen. */
const docs: [file: string, path: string, look: Look, buttons?: RegExp[]][] = [
  ['console-home', '/', wide],
  ['console-home-pt', '/', { ...wide, locale: 'pt-BR', colorScheme: 'dark' }],
  ['console-settings', '/settings/backup', wide],
  ['console-restore', '/restore', wide],
  ['console-secrets', '/kits?tab=secrets', wide],
  ['console-first-steps', '/first-steps', wide],
  ['console-retention', '/retention', wide, [/^Show what would go: Application/]],
  ['console-recovery', '/recovery', wide],
];

const pages = [
  '/',
  '/runs',
  '/runs/2',
  '/restore',
  '/restore?find=conf',
  '/kits',
  '/kits?tab=secrets',
  '/kits?tab=envelopes',
  '/recovery',
];
pages.push('/drills', '/drills/latest', '/settings/backup', '/settings/backup?add', '/settings/backup?edit=system');
pages.push('/incidents', '/incidents?state=all');
pages.push('/alerts', '/account', '/first-steps', '/recordings', '/retention', '/people', '/audit');

/** What opens by a button: the page, the buttons one after the other in both languages, and the picture's name. */
const opened: [file: string, path: string, buttons: RegExp[]][] = [
  ['retention-plan', '/retention', [/^(Show what would go|Mostrar o que sairia): (Application|Aplicação)/]],
  ['report-add', '/settings/backup', [/^(Add a report|Adicionar relatório)$/]],
  ['report-sent', '/settings/backup', [/^(Past sendings|Envios anteriores): weekly$/]],
  ['password-policy', '/kits?tab=secrets', [/^(Password policy|Política de senhas)$/]],
  ['incident-over', '/incidents', [/^(It is over|Já passou)/]],
  ['unmount', '/settings/backup', [/^(Mount|Montar): share$/]],
  ['hold', '/retention', [/^(Hold a backup|Reter um backup)$/]],
  ['add-key', '/recovery', [/^(Add a key|Adicionar uma chave)$/]],
  ['hand-out', '/recovery', [/^(Hand out shares|Distribuir partes)$/]],
  ['password', '/recovery', [/^(Change the master password|Mudar a senha mestra)$/]],
  ['compromise', '/recovery', [/^(Declare it compromised|Declarar comprometida)$/]],
  ['compromise-decide', '/recovery', [/^(Declare it compromised|Declarar comprometida)$/, /^(Go on|Continuar)$/]],
  ['profiles', '/settings/backup', [/^(Look at this machine|Olhar esta máquina)$/]],
  [
    'profile-form',
    '/settings/backup',
    [/^(Look at this machine|Olhar esta máquina)$/, /^(Take it|Levar): PostgreSQL$/],
  ],
];

const [folder, word = ''] = process.argv.slice(2);
const home = await mkdtemp(join(tmpdir(), 'orbit-images-'));
const stop = new AbortController();
const app = openApp(join(home, 'home'));
const desk = openRunDesk(app, stop.signal);
const server = buildServer({ app, desk, costs: cheapHashes }, () => 'http://127.0.0.1:7420');
const url = await server.listen({ host: '127.0.0.1', port: 0 });
const browser = await openBrowser();
try {
  await fill(app, desk, home);
  const cookie = await signIn(app);
  if (folder === undefined) {
    for (const [file, path, look, buttons] of docs)
      await take(browser, path, look, cookie, `docs/images/${file}.png`, buttons);
  } else {
    await trouble(app, home);
    await mkdir(folder, { recursive: true });
    for (const look of looks) {
      for (const path of pages.filter((each) => each.includes(word))) {
        const name = path.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '') || 'home';
        await take(browser, path, look, cookie, join(folder, `${name}.${look.name}.png`));
      }
      for (const [name, path, buttons] of opened.filter(([each]) => each.includes(word)))
        await take(browser, path, look, cookie, join(folder, `${name}.${look.name}.png`), buttons);
    }
  }
} finally {
  await browser.close();
  stop.abort();
  await server.close();
  await desk.close();
  app.close();
  await rm(home, { recursive: true, force: true });
}

async function take(
  browser: Browser,
  path: string,
  look: Look,
  cookie: string,
  file: string,
  buttons: RegExp[] = [],
): Promise<void> {
  const { page, context, errors } = await openServedPage(browser, `${url}/health`, look);
  try {
    await context.addCookies([{ name: 'orbit', value: cookie, url }]);
    await page.goto(`${url}${path}`);
    const isDialog = /[?](add|edit)/.test(path) || buttons.length > 0;
    await page
      .getByRole(/[?](add|edit)/.test(path) ? 'dialog' : 'heading')
      .first()
      .waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    for (const name of buttons) await page.getByRole('button', { name }).first().click();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: file, fullPage: folder !== undefined && !isDialog });
    if (errors.length > 0) console.error(path, errors);
  } finally {
    await context.close();
  }
}

async function signIn(app: App): Promise<string> {
  const site = { ...app, costs: cheapHashes };
  const account = addAccount(site, 'ana', 'administrator');
  await setPassword(site, account, new SecretString(goodPassword));
  return startSignIn(site, account, { address: '127.0.0.1', agent: 'Firefox' }).reveal();
}

// Something to look at: a few secrets and files, two destinations, a past of sixty days.
async function fill(app: App, desk: RunDesk, home: string): Promise<void> {
  const source = join(home, 'srv', 'vault');
  await mkdir(join(source, 'keys'), { recursive: true });
  await writeFile(join(source, 'vault.conf'), 'listen = 127.0.0.1\n');
  await writeFile(join(source, 'app.conf'), 'mode = cluster\n');
  await writeFile(join(source, 'keys', 'tls.pem'), 'x'.repeat(2400));
  await writeFile(join(source, 'inventory.sqlite'), 'x'.repeat(184_000));
  const names = ['Core router', 'Domain controller', 'ERP database', 'Root of web01', 'Backup operator', 'VPN gateway'];
  for (const [index, title] of names.entries()) {
    const password = new SecretString(`made-up-${index}`);
    app.vault.add({ title, username: index % 2 === 0 ? 'admin' : 'root', password, groups: ['Infrastructure'] });
  }
  await startCeremony({ ...app, workFactor: 10 }, { masterPassword: new SecretString('quartz lemon tundra 4 violin') });
  const custodians = openCustodians(app.store, app.clock);
  for (const name of ['Ana Souza', 'Bruno Lima', 'Carla Dias']) custodians.add({ name });
  for (const name of ['offsite', 'nas']) {
    const config = { path: join(home, name) };
    await prepareDestination(app, addDestination(app.store, app.instanceKey, { name, kind: 'folder', config }));
  }
  for (const job of listJobs(app.store)) {
    const planned = job.kind === 'system' ? { ...job, plan: { ...job.plan, folders: [source] } } : job;
    saveJob(app.store, { ...planned, destinations: ['offsite', 'nas'] });
  }
  past(app);
  for (const kind of ['secrets', 'system']) await (await desk.start(findJob(app.store, kind), 'schedule')).ended;
  await writeFile(join(source, 'vault.conf'), 'listen = 0.0.0.0\ntls = yes\n');
  app.vault.edit(String([...app.vault.list()][0]?.id), { password: new SecretString('changed') });
  for (const kind of ['secrets', 'system']) await (await desk.start(findJob(app.store, kind), 'person')).ended;
  for (const job of listJobs(app.store)) saveJob(app.store, { ...job, retention: { last: 1 } });
  const [system] = listRuns(app.store, { job: 'system', limit: 1 });
  const made = system?.results.flatMap(({ summary }) => summary?.made ?? []) ?? [];
  holdCopies(app, made, { how: 'legal', reason: 'case 2026-118', user: 'ana' });
  app.vault.add({ title: 'New firewall', username: 'admin', password: new SecretString('made-up') });
  await holdDrill(app, { kind: 'system', destination: 'offsite', jobs: ['system'] }, { startedBy: 'person' });
}

// Troubles, to see how they look; pictures of the documents have none.
async function trouble(app: App, home: string): Promise<void> {
  const mail = { host: '127.0.0.1', port: 1, from: 'orbit@example.org', to: ['ops@example.org'], encryption: 'none' };
  app.notifier.channels.add({ name: 'ops', kind: 'email', config: mail });
  await sendReport(app, addReport(app, 'weekly', { report: 'runs', channel: 'ops' }), { askedBy: 'ana' });
  const share = {
    host: 'nas.invalid',
    path: '/backup/orbit',
    local: '/srv/backup_remoto',
    user: 'orbit',
    password: 'x',
  };
  addDestination(app.store, app.instanceKey, { name: 'share', kind: 'cifs', config: share });
  const since = app.clock.now();
  const lost = { destination: 'nas', location: join(home, 'nas'), reason: 'no answer within 30 s', since };
  app.tell(orbitEvent('destination.lost', lost, since));
  app.tell(
    orbitEvent('destination.back', { destination: 'nas', location: join(home, 'nas'), since, downMs: 1 }, since),
  );
  app.tell(orbitEvent('disk.over-80', { path: home, usedPercent: 84.2, freeBytes: 12_000_000_000 }, since));
}

function past({ store, clock }: App): void {
  const addRun = store.database.prepare(
    "INSERT INTO run (job, kind, started_by, started_at, ended_at, process, outcome) VALUES (?, ?, 'schedule', ?, ?, '', ?)",
  );
  const addResult = store.database.prepare('INSERT INTO run_result VALUES (?, ?, ?, ?, ?, ?, NULL)');
  for (let day = 60; day > 0; day -= 1) {
    for (const [job, size] of [
      ['secrets', 290_000],
      ['system', 250_000],
    ] as const) {
      const at = new Date(clock.now().getTime() - day * 86_400_000).toISOString();
      const outcome = day === 23 ? 'failed' : 'succeeded';
      const run = Number(addRun.run(job, job, at, at, outcome).lastInsertRowid);
      const bytes = Math.round(size * (1 + (60 - day) / 80 + Math.sin(day) / 40));
      const newBytes = Math.round(size * (0.1 + ((day * 7) % 5) / 6));
      const numbers = {
        items: 420,
        newItems: 12,
        bytes,
        newBytes,
        sentBytes: newBytes,
        sentObjects: 9,
        transferMs: 800,
      };
      const summary = { ...numbers, verifiedObjects: 9, verifiedBytes: newBytes, omissions: [], omitted: 0, notes: [] };
      for (const place of ['offsite', 'nas']) addResult.run(run, place, at, at, outcome, JSON.stringify(summary));
    }
  }
}
