// The health report: what whoever helps wants to know of the instance and its machine, and nothing that is secret.
import { cpus, freemem, hostname, loadavg, release, totalmem, uptime } from 'node:os';
import { readFileSync, statfsSync } from 'node:fs';
import type { App } from '../app.ts';
import { isFailure } from '../base/failure.ts';
import { runProgram } from '../base/program.ts';
import { zipStream } from '../engine/archive/zip.ts';
import { readReadiness } from '../jobs/readiness.ts';
import { listRuns } from '../jobs/run.ts';
import { csvLines } from '../reports/csv.ts';
import { makeTable } from '../reports/make-report.ts';
import type { ReportKind } from '../reports/report-kinds.ts';
import { examine } from './doctor.ts';
import type { Finding } from './finding.ts';
import { knownSecrets, masker } from './known-secrets.ts';
import { metricsText } from './metrics.ts';
import { settingsState } from './settings-state.ts';

/** The report, masked. */
export interface HealthReport {
  findings: Finding[];
  /** Names and texts of its files, in the order of the archive. */
  files: { name: string; text: string }[];
}

// No table that names secrets, people or what they did: whoever helps needs none of it.
const tables: ReportKind[] = ['runs', 'log', 'destinations', 'drills', 'incidents'];
const settings = ['job', 'destination', 'channel', 'report', 'maintenance', 'passwordPolicy'] as const;
const daysBack = 31;

/** Examines the instance and puts the report together. */
export async function makeHealthReport(app: App): Promise<HealthReport> {
  const findings = await examine(app);
  const state = settingsState(app);
  const facts = {
    made: app.clock.now().toISOString(),
    orbit: app.version,
    node: process.versions.node,
    system: `${process.platform}-${process.arch} ${release()}`,
    home: app.home,
    findings,
    readiness: readReadiness(app.store, app.clock),
    runs: listRuns(app.store, { limit: 50 }),
    database: app.store.database.prepare('SELECT name, applied_at FROM migration ORDER BY name').all(),
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const files = [
    { name: 'health.txt', text: textOf(facts) },
    { name: 'health.json', text: json(facts) },
    { name: 'machine.txt', text: await machineText(app.home) },
    {
      name: 'settings.json',
      text: json(Object.fromEntries(settings.map((name) => [name, withoutPrograms(state[name])]))),
    },
    { name: 'metrics.txt', text: metricsText(app) },
    { name: 'journal.txt', text: await output('journalctl', ['--unit=orbit.service', '--lines=2000', '--no-pager']) },
  ];
  for (const report of tables) {
    const table = await makeTable(app, { report, language: 'en', days: daysBack });
    files.push({ name: `${report}.csv`, text: [...csvLines(table)].join('') });
  }
  const mask = masker(knownSecrets(app));
  return { findings, files: files.map(({ name, text }) => ({ name, text: mask(text) })) };
}

/** `orbit-health-vault1-20261127-050000`: name of the archive without its ending, and of the folder in it. */
export function healthReportName(made: Date): string {
  const stamp = made.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `orbit-health-${hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${stamp}`;
}

/** The report as one zip, its files in a folder of that name. */
export function healthZip({ files }: HealthReport, folder: string, made: Date): AsyncGenerator<Buffer> {
  const mtime = { ns: BigInt(made.getTime()) * 1_000_000n, offsetMinutes: 0 };
  return zipStream(
    files.map(({ name, text }) => ({
      name: Buffer.from(`${folder}/${name}`),
      node: { type: 'file' as const, mode: 0o600, mtime },
      content: () => once(Buffer.from(text)),
    })),
  );
}

/** The findings as lines, with their cures and a sum. */
export function findingLines(findings: readonly Finding[]): string[] {
  const signs = { ok: '  ok     ', warning: '  WARN   ', broken: '  BROKEN ' };
  const lines = findings.flatMap(({ check, verdict, found, cure }) => [
    `${signs[verdict]}${check}: ${found}`,
    ...(cure === undefined ? [] : [`           → ${cure}`]),
  ]);
  const count = (verdict: Finding['verdict']): number => findings.filter((each) => each.verdict === verdict).length;
  return [...lines, `${count('broken')} broken, ${count('warning')} warnings, ${count('ok')} well.`];
}

function textOf(facts: {
  made: string;
  orbit: string;
  node: string;
  system: string;
  home: string;
  findings: Finding[];
  runs: ReturnType<typeof listRuns>;
}): string {
  const { made, orbit, node, system, home, findings, runs } = facts;
  const lines = [
    `Health of Orbit at ${made}`,
    `Orbit ${orbit}, Node ${node}, ${system}, data folder ${home}`,
    '',
    ...findingLines(findings),
    '',
    'The newest runs:',
    ...runs.map(({ id, job, startedAt, outcome, failure }) =>
      [`  ${id}`, startedAt, job, outcome ?? 'running', failure?.code ?? ''].join('  ').trimEnd(),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

// Programs that people wrote into a job may hold anything: how many there are is told, not what they say.
function withoutPrograms(value: unknown): unknown {
  const text = JSON.stringify(value, (name, inner: unknown) => {
    if ((name === 'args' || name === 'commands' || name === 'before' || name === 'after') && Array.isArray(inner))
      return `${inner.length} left out`;
    return inner;
  });
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

async function machineText(home: string): Promise<string> {
  const { blocks, bavail, bsize, files, ffree } = statfsSync(home);
  const [first] = cpus();
  const parts = [
    `processor: ${cpus().length} x ${first?.model ?? 'unknown'}, load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
    `memory: ${totalmem()} bytes, ${freemem()} free; up ${Math.round(uptime())} s`,
    `data folder: ${blocks * bsize} bytes, ${bavail * bsize} free; ${files} inodes, ${ffree} free`,
    `\n# /etc/os-release\n${fileText('/etc/os-release')}`,
    `# /proc/self/mounts\n${fileText('/proc/self/mounts')}`,
    `# df\n${await output('df', ['-PT'])}`,
    `# systemctl status\n${await output('systemctl', ['status', 'orbit.service', '--no-pager', '--lines=0'])}`,
  ];
  return `${parts.join('\n')}\n`;
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return `not there: ${String(error)}\n`;
  }
}

// A machine without that program, or without that right, tells so in the report.
async function output(program: string, args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await runProgram(program, args, { timeoutMs: 10_000 });
    return `${stdout.toString('utf8')}${stderr}`;
  } catch (error) {
    if (!isFailure(error)) throw error;
    return `${error.message}\n`;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
