// An instance with a made-up past, for pictures of the console and for tests of how it looks.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addAccount } from '../../src/accounts/account.ts';
import { addApiToken } from '../../src/accounts/api-token.ts';
import { approvalSettings, requireApproval, saveApprovalSettings } from '../../src/accounts/approval.ts';
import type { App } from '../../src/app.ts';
import { orbitEvent } from '../../src/base/event.ts';
import { isFailure } from '../../src/base/failure.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { changeRecipients, startCeremony } from '../../src/breakglass/ceremony.ts';
import { openCustodians } from '../../src/breakglass/custodians.ts';
import { planEnvelope, saveEnvelope } from '../../src/breakglass/envelope.ts';
import { generateRecoveryIdentity } from '../../src/breakglass/recovery-key.ts';
import { addDestination } from '../../src/destinations/destination.ts';
import { prepareDestination } from '../../src/destinations/open.ts';
import { holdCopies } from '../../src/jobs/copy-hold.ts';
import { holdDrill } from '../../src/jobs/drill.ts';
import { findJob, listJobs, saveJob } from '../../src/jobs/job.ts';
import { listRuns } from '../../src/jobs/run.ts';
import type { RunDesk } from '../../src/jobs/run-desk.ts';
import { addReport } from '../../src/reports/scheduled-report.ts';
import { sendReport } from '../../src/reports/send-report.ts';
import { sharesOf } from './custodian-shares.ts';
import { makeOld } from './recordings.ts';

/** What opens the recovery key of an instance with a past. */
const masterPassword = 'quartz lemon tundra 4 violin';

/** A few secrets and files, two destinations, a past of sixty days. `home` is an empty folder of one's own. */
export async function fillHistory(app: App, desk: RunDesk, home: string): Promise<void> {
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
  await startCeremony({ ...app, workFactor: 10 }, { masterPassword: new SecretString(masterPassword) });
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
  addPast(app);
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

/** Of every kind of thing at least one, with the long names that people give: to see whether pages and dialogs hold them. */
export async function addOneOfEach(app: App, desk: RunDesk, home: string): Promise<void> {
  await addRecordings(app, desk, home);
  const actor = { user: 'ana', role: 'administrator', method: 'console' } as const;
  app.audit.append({ actor: 'ana', method: 'PUT', action: 'PUT /jobs/{name}', subject: 'system', outcome: 'done' });
  addAccount(app, 'bruno.lima@operacoes.example.org', 'operator');
  addAccount(app, 'auditoria-externa-2026@example.org', 'auditor');
  addApiToken(app, { name: 'monitoring-of-the-second-site', scopes: ['state:read'], createdBy: 'ana' });
  const { recipient } = generateRecoveryIdentity();
  const team = { title: 'Network team of the second site', groups: [['Infrastructure']], recipients: [recipient] };
  saveEnvelope(app, planEnvelope(app.store, team));
  await sharesOf(app, masterPassword);
  const by = { masterPassword: new SecretString(masterPassword) };
  await changeRecipients({ ...app, workFactor: 10 }, by, [
    { recipient, title: 'Offline key in the safe of the branch' },
  ]);
  saveApprovalSettings(app, { ...approvalSettings.parse({}), isOn: true }, actor);
  try {
    requireApproval(
      app,
      { action: 'destination.remove', subject: 'nas' },
      { user: 'bruno.lima@operacoes.example.org' },
    );
  } catch (error) {
    if (!isFailure(error, 'approvals.waiting')) throw error;
  }
  const ssh = { host: 'backup.second-site.example.org', user: 'orbit', path: '/srv/backups/orbit/vault-of-production' };
  addDestination(app.store, app.instanceKey, { name: 'second-site-append-only', kind: 'sftp', config: ssh });
  const system = findJob(app.store, 'system');
  if (system.kind === 'system') {
    const profiles = [
      { name: 'inventory', kind: 'sqlite', config: { files: [join(home, 'srv/vault/inventory.sqlite')] } },
    ];
    saveJob(app.store, { ...system, plan: { ...system.plan, profiles } });
  }
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
  await dropSecrets(app, desk);
  const secrets = findJob(app.store, 'secrets');
  if (secrets.kind === 'secrets') {
    const team = { name: 'team', kind: 'keepass-file', config: { path: '/srv/shared/team-of-the-second-site.kdbx' } };
    saveJob(app.store, { ...secrets, plan: { ...secrets.plan, sources: [...secrets.plan.sources, team] } });
  }
}

async function addRecordings(app: App, desk: RunDesk, home: string): Promise<void> {
  const sessions = join(home, 'sessions');
  await mkdir(sessions);
  for (const [fixture, name] of [
    ['v2.cast', 'db01.cast'],
    ['screen.mp4', 'desktop-of-the-domain-controller.mp4'],
  ] as const) {
    const to = join(sessions, name);
    await copyFile(fileURLToPath(new URL(`../fixtures/recordings/${fixture}`, import.meta.url)), to);
    makeOld(to);
  }
  const job = findJob(app.store, 'recordings');
  if (job.kind !== 'recordings') return;
  saveJob(app.store, { ...job, enabled: true, plan: { folders: [sessions], quietSeconds: 60 } });
  await (await desk.start(findJob(app.store, 'recordings'), 'person')).ended;
}

// The completeness guard refuses the last run: most secrets are gone.
async function dropSecrets(app: App, desk: RunDesk): Promise<void> {
  for (let at = 0; at < 40; at += 1) app.vault.add({ title: `router ${at}`, password: new SecretString('made up') });
  await (await desk.start(findJob(app.store, 'secrets'), 'person')).ended;
  for (const { id, title } of [...app.vault.list()])
    if (title.startsWith('router')) app.vault.remove(id, { force: true });
  await (await desk.start(findJob(app.store, 'secrets'), 'person')).ended;
}

function addPast({ store, clock }: App): void {
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
