// Looks at everything an administrator would look at first, and says what to do about each trouble. Nothing is changed.
import { existsSync, statSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { listAccounts } from '../accounts/account.ts';
import { listApiTokens } from '../accounts/api-token.ts';
import { readApprovalSettings } from '../accounts/approval.ts';
import { verifyTrail } from '../audit/verify.ts';
import type { App } from '../app.ts';
import { isFailure } from '../base/failure.ts';
import { tellNotes } from '../base/note.ts';
import { formatBytes, formatDuration } from '../base/quantities.ts';
import { openCustodians, worryOf } from '../breakglass/custodians.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import { listDestinations, locationOf } from '../destinations/destination.ts';
import { drillPlan } from '../jobs/drill-plan.ts';
import { overdueDrills } from '../jobs/drill-schedule.ts';
import { keyDeliveries } from '../jobs/key-delivery.ts';
import { findMaintenance } from '../jobs/maintenance.ts';
import { readReadiness } from '../jobs/readiness.ts';
import { isServiceSeen } from '../jobs/service-life.ts';
import { lookAtLocks } from './doctor-locks.ts';
import type { Finding } from './finding.ts';

type Look = (app: App) => Finding[] | Promise<Finding[]>;

/** Every finding, in the order one would mend them. Never throws for what it looks at. */
export async function examine(app: App): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [check, look] of Object.entries(looks)) {
    try {
      findings.push(...(await look(app)));
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      const cure = isFailure(error) ? error.hint : 'Please report this.';
      findings.push({ check, verdict: 'broken', found, ...(cure === undefined ? {} : { cure }) });
    }
  }
  return findings;
}

const looks: Record<string, Look> = {
  'data-folder': lookAtFolder,
  database: lookAtDatabase,
  audit: lookAtAudit,
  service: lookAtService,
  'recovery-key': lookAtKey,
  'key-delivery': lookAtKeyDelivery,
  destinations: lookAtDestinations,
  locks: lookAtLocks,
  programs: lookAtPrograms,
  copies: lookAtCopies,
  drills: lookAtDrills,
  channels: lookAtChannels,
  accounts: lookAtAccounts,
  clock: lookAtClock,
};

function lookAtFolder({ home }: App): Finding[] {
  const check = 'data-folder';
  const findings: Finding[] = [];
  for (const [path, wanted] of [
    [home, 0o700],
    [join(home, 'instance.key'), 0o600],
  ] as const) {
    const mode = statSync(path).mode & 0o777;
    if ((mode & ~wanted) === 0) continue;
    const cure = `chmod ${wanted.toString(8)} ${path}`;
    findings.push({ check, verdict: 'broken', found: `others may read ${path} (mode ${mode.toString(8)})`, cure });
  }
  const { bavail, bsize } = statfsSync(home);
  const free = bavail * bsize;
  if (free < 1024 ** 3) {
    const cure = 'Make room: without it runs, alerts and the audit trail cannot be kept.';
    findings.push({ check, verdict: 'warning', found: `${home} has ${formatBytes(free)} left`, cure });
  }
  return findings.length > 0 ? findings : [{ check, verdict: 'ok', found: `${home}, ${formatBytes(free)} free` }];
}

function lookAtDatabase({ store, home }: App): Finding[] {
  const check = 'database';
  const [first] = store.database.prepare('PRAGMA quick_check(1)').all();
  const said = String(Object.values(first ?? {})[0]);
  if (said === 'ok') return [{ check, verdict: 'ok', found: `${join(home, 'orbit.db')} is whole` }];
  const cure = `Stop the service and put the newest copy of ${join(home, 'database-copies')} in its place.`;
  return [{ check, verdict: 'broken', found: `the database is damaged: ${said}`, cure }];
}

async function lookAtAudit({ audit }: App): Promise<Finding[]> {
  const check = 'audit';
  if (audit.head() === undefined) return [{ check, verdict: 'ok', found: 'no entry yet' }];
  const { entries, head } = await verifyTrail(audit.all());
  return [{ check, verdict: 'ok', found: `the chain of ${entries} entries holds, head ${head.slice(0, 16)}…` }];
}

function lookAtService(app: App): Finding[] {
  const check = 'service';
  const on = findMaintenance(app);
  if (on !== undefined) {
    const cure = 'orbit maintenance off ends it now; it ends by itself then.';
    return [{ check, verdict: 'warning', found: `maintenance is on until ${on.until}: ${on.reason}`, cure }];
  }
  if (isServiceSeen(app)) return [{ check, verdict: 'ok', found: 'it is running' }];
  const cure = 'Start it: orbit serve, or systemctl start orbit. Nothing runs by itself and nobody is told anything.';
  return [{ check, verdict: 'warning', found: 'it does not run', cure }];
}

function lookAtKey({ store, clock }: App): Finding[] {
  const check = 'recovery-key';
  const key = findCurrentKey(store);
  if (key === undefined) {
    const cure = 'orbit ceremony start, or the first steps in the console.';
    return [{ check, verdict: 'broken', found: 'there is no recovery key: no backup can be opened later', cure }];
  }
  const set = openCustodians(store, clock).currentSet();
  const worry = set === undefined ? undefined : worryOf(set);
  if (worry !== undefined) {
    const cure = 'orbit custodian list shows who has not confirmed; orbit custodian split makes a new set.';
    return [{ check, verdict: 'warning', found: 'too few custodians have confirmed their share', cure }];
  }
  return [{ check, verdict: 'ok', found: `${key.id}, opened by ${key.ways.join(' or ')}` }];
}

function lookAtDestinations({ store }: App): Finding[] {
  const check = 'destinations';
  const places = listDestinations(store);
  if (places.length === 0) {
    const cure = 'orbit destination add KIND --help, or Settings in the console.';
    return [{ check, verdict: 'broken', found: 'there is no destination', cure }];
  }
  return places.map((place): Finding => {
    const shown = `${place.name} (${locationOf(place)}) is ${place.state} since ${place.stateSince}`;
    if (place.state === 'reachable') return { check, verdict: 'ok', found: shown };
    const why = place.lastProbe?.failure?.message ?? tellNotes(place.lastProbe?.worries ?? [], 'en');
    const verdict = place.state === 'lost' ? 'broken' : 'warning';
    const cure = place.lastProbe?.failure?.hint ?? `orbit destination test ${place.name}`;
    return { check, verdict, found: why === '' ? shown : `${shown}: ${why}`, cure };
  });
}

function lookAtCopies({ store, clock }: App): Finding[] {
  const check = 'copies';
  return readReadiness(store, clock).jobs.flatMap(({ job, enabled, copies }): Finding[] => {
    if (!enabled) return [{ check, verdict: 'ok', found: `${job} is switched off` }];
    if (copies.length === 0) {
      const cure = `orbit job set ${job} --destination NAME`;
      return [{ check, verdict: 'broken', found: `${job} has no destination`, cure }];
    }
    return copies.map(({ destination, state, ageMs, lastFailure }): Finding => {
      const age = ageMs === undefined ? 'there is none' : `the newest good one is ${formatDuration(ageMs)} old`;
      const found = `${job} at ${destination}: ${age}`;
      if (state === 'good') return { check, verdict: 'ok', found };
      const cure = lastFailure?.hint ?? `orbit backup create --job ${job}`;
      const why = lastFailure === undefined ? '' : `; the last run failed: ${lastFailure.message}`;
      return { check, verdict: 'broken', found: `${found}${why}`, cure };
    });
  });
}

// A destination without the key set in force opens with an earlier password or earlier shares only.
function lookAtKeyDelivery({ store }: App): Finding[] {
  const check = 'key-delivery';
  const behind = keyDeliveries(store).filter(({ state }) => state === 'behind');
  const cure =
    'Nothing to do while it is out of reach: the keys follow by themselves. orbit ceremony status shows when.';
  if (behind.length === 0) return [{ check, verdict: 'ok', found: 'every destination has the key set in force' }];
  return behind.map(({ destination }) => ({
    check,
    verdict: 'warning',
    found: `${destination} waits for the key set in force: what lies there opens as before`,
    cure,
  }));
}

const programsOf: Record<string, string> = { rsync: 'rsync', cifs: 'mount.cifs', nfs: 'mount.nfs' };

function lookAtPrograms({ store }: App): Finding[] {
  const check = 'programs';
  const wanted = [...new Set(listDestinations(store).flatMap(({ kind }) => programsOf[kind] ?? []))];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const missing = wanted.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  if (missing.length > 0) {
    const cure = 'Install the packages that bring them: rsync, cifs-utils, nfs-common.';
    return [{ check, verdict: 'broken', found: `the destinations need ${missing.join(', ')}`, cure }];
  }
  return [{ check, verdict: 'ok', found: wanted.length === 0 ? 'none is needed' : `${wanted.join(', ')} are there` }];
}

function lookAtDrills({ store, clock }: App): Finding[] {
  const check = 'drills';
  const overdue = overdueDrills(store, drillPlan(store), clock.now());
  if (overdue.length === 0) return [{ check, verdict: 'ok', found: 'none is overdue' }];
  return overdue.map(({ way, kind, destination, dueAt }) => ({
    check,
    verdict: 'warning',
    found: `the ${way} drill of ${kind}${destination === undefined ? '' : ` at ${destination}`} was due ${dueAt.toISOString().slice(0, 10)}`,
    cure: 'orbit drill run holds one now.',
  }));
}

function lookAtAccounts(app: App): Finding[] {
  const check = 'accounts';
  const accounts = listAccounts(app.store).filter(({ passwordSetAt }) => passwordSetAt !== undefined);
  const administrators = accounts.filter(({ role }) => role === 'administrator');
  if (administrators.length === 0) {
    const cure =
      'Open the link that the service prints when it starts, or orbit account add NAME --role administrator.';
    return [{ check, verdict: 'warning', found: 'no administrator can sign in to the console', cure }];
  }
  if (readApprovalSettings(app.store).isOn && administrators.length < 2) {
    const cure = 'orbit account add NAME --role administrator: whoever asks cannot approve it too.';
    return [{ check, verdict: 'broken', found: 'four eyes are on, and there is one administrator', cure }];
  }
  const now = app.clock.now().toISOString();
  const over = listApiTokens(app).filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
  if (over.length > 0) {
    const names = over.map(({ name }) => name).join(', ');
    const cure = 'orbit token remove NAME, and a new one where a program still needs it.';
    return [{ check, verdict: 'warning', found: `tokens that have expired: ${names}`, cure }];
  }
  return [{ check, verdict: 'ok', found: `${accounts.length} people can sign in` }];
}

function lookAtChannels({ notifier }: App): Finding[] {
  const check = 'channels';
  const channels = notifier.channels.list();
  if (!channels.some(({ isEnabled }) => isEnabled)) {
    const cure = 'orbit channel add email --help, or Alerts in the console.';
    return [{ check, verdict: 'warning', found: 'nobody is told anything: there is no channel', cure }];
  }
  return channels.flatMap((channel) =>
    notifier.channels.states(channel).map(({ target, failingSince, failure, queued }): Finding => {
      const name = target === '' ? channel.name : `${channel.name} (${target})`;
      if (!channel.isEnabled) return { check, verdict: 'ok', found: `${name} is switched off` };
      if (failingSince === undefined) return { check, verdict: 'ok', found: `${name} works, ${queued} wait` };
      const cure = `orbit channel test ${channel.name}`;
      const since = failingSince.toISOString();
      return { check, verdict: 'broken', found: `${name} fails since ${since}: ${failure}; ${queued} wait`, cure };
    }),
  );
}

function lookAtClock({ store }: App): Finding[] {
  const check = 'clock';
  const off = listDestinations(store).filter(({ lastProbe }) => Math.abs(lastProbe?.clockDifferenceMs ?? 0) > 120_000);
  if (off.length === 0) return [{ check, verdict: 'ok', found: 'it agrees with the destinations that tell theirs' }];
  const cure = 'Let both follow a time server: retention and retries go by the clock.';
  return off.map(({ name, lastProbe }) => {
    const found = `ours and that of ${name} differ by ${formatDuration(Math.abs(lastProbe?.clockDifferenceMs ?? 0))}`;
    return { check, verdict: 'warning', found, cure };
  });
}
