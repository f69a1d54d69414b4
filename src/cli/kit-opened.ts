// `orbit kit opened`: takes in the opening record that somebody carried back, and says which passwords to change.
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { App } from '../app.ts';
import { orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import { formatCount } from '../base/quantities.ts';
import { withEveryIdentity, type OpenedBy } from '../breakglass/ceremony.ts';
import {
  openOpeningRecord,
  type OpeningRecord,
  type SecretToRotate,
  secretsToRotate,
} from '../breakglass/opening-record.ts';
import { keepOpening, listOpenings } from '../breakglass/opening-record-store.ts';
import { listJobs } from '../jobs/job.ts';
import { entryUuid } from '../sources/secrets/kdbx-entry.ts';
import type { CliContext } from './context.ts';
import { deliverNow } from './deliver-now.ts';
import { identityOf, type OpeningOptions, toldAtHome } from './kit-opening.ts';
import { withHome } from './open-home.ts';
import { printJson, printLine, table } from './output.ts';
import { readSecret } from './prompt.ts';

/** What the command line gives. */
export type OpenedOptions = OpeningOptions & { json?: boolean };

/** Takes the record in, or lists those so far. @throws Failure `breakglass.bad-record` and those of opening the recovery key */
export async function takeInOpening(
  context: CliContext,
  file: string | undefined,
  options: OpenedOptions,
): Promise<void> {
  await withHome(context, async (app) => {
    if (file === undefined) return list(context, app, options);
    const kept = existsSync(file) ? undefined : listOpenings(app).find(({ id }) => id === file);
    if (kept !== undefined) return tellRotation(context, app, kept.id, kept.record, options);
    const sealed = readRecordFile(file);
    const by = await openedBy(context, options);
    let record: OpeningRecord;
    try {
      record = await toldAtHome(context, options, () =>
        withEveryIdentity(app.store, by, (identities) => openOpeningRecord(file, sealed, identities)),
      );
    } finally {
      if ('identity' in by) by.identity.wipe();
    }
    const { id, isNew } = keepOpening(app, record);
    if (isNew) {
      tellReceived(app, record);
      await deliverNow(context, app);
    }
    tellRotation(context, app, id, record, options);
  });
}

function tellReceived(app: App, record: OpeningRecord): void {
  const { kit, name, openedAt, seen, reason, recoveryKeyId, shares } = record;
  const facts = {
    snapshot: kit,
    user: name.slice(0, 200),
    since: openedAt,
    found: seen.length,
    reason: reason.slice(0, 1000),
    keyId: recoveryKeyId,
    method: record.way,
    subject: `taken in by ${userInfo().username}`,
    ...(shares === undefined ? {} : { partsSent: shares.length }),
  };
  app.tell(orbitEvent('kit.opening-reported', facts, app.clock.now()));
}

async function openedBy(context: CliContext, options: OpenedOptions): Promise<OpenedBy> {
  const identity = await toldAtHome(context, options, () => identityOf(context, options));
  if (identity !== undefined) return { identity };
  return { masterPassword: await readSecret(context, 'Master password: ', { file: options.masterPasswordFile }) };
}

function list(context: CliContext, app: App, options: OpenedOptions): void {
  const records = listOpenings(app);
  const facts = records.map(({ id, receivedAt, record }) => ({ id, receivedAt, ...record, seen: record.seen.length }));
  if (options.json) return printJson(context, facts);
  const rows = facts.map((one) => [one.id, one.openedAt, one.kit, one.name, String(one.seen), one.reason]);
  for (const line of table(['RECORD', 'OPENED', 'KIT', 'BY', 'VALUES', 'WHY'], rows)) printLine(context, line);
}

function tellRotation(context: CliContext, app: App, id: string, record: OpeningRecord, options: OpenedOptions): void {
  const { secrets, exported } = secretsToRotate(record);
  const changes = changesInVault(app, record.openedAt);
  const rows = secrets.map((secret) => ({ ...secret, ...changes.get(secret.entry) }));
  if (options.json) {
    const { kit, name, reason, way, shares, openedAt, closedAt, failedAttempts } = record;
    return printJson(context, {
      id,
      kit,
      name,
      reason,
      way,
      shares,
      openedAt,
      closedAt,
      failedAttempts,
      exported,
      rotate: rows,
    });
  }
  const shares = record.shares === undefined ? '' : ` ${record.shares.join(', ')}`;
  printLine(
    context,
    `${record.name} opened the kit ${record.kit} at ${record.openedAt} with ${wayText[record.way]}${shares}.`,
  );
  printLine(context, `Why: ${record.reason}`);
  if (record.failedAttempts > 0) printLine(context, `Tries that failed before: ${record.failedAttempts}`);
  if (exported > 0)
    printLine(
      context,
      `${formatCount(exported)} secrets were exported to a file: change all that were in it, and find the file.`,
    );
  if (rows.length === 0 && exported === 0) printLine(context, 'No value was looked at.');
  if (rows.length === 0) return;
  printLine(context, `\nTo be changed, ${formatCount(rows.length)} secrets:`);
  const cells = rows.map((row) => [row.title, row.values.join(', '), row.lastSeenAt, row.changedAt ?? '']);
  for (const line of table(['SECRET', 'SEEN', 'LAST SEEN', 'CHANGED SINCE'], cells)) printLine(context, line);
}

const wayText = { 'master-password': 'the master password', shares: 'shares', identity: 'the recovery key itself' };

// Secrets of our own vault that got another value since: those are done.
function changesInVault(app: App, since: string): Map<SecretToRotate['entry'], { path: string; changedAt?: string }> {
  const sources = listJobs(app.store).flatMap((job) => (job.kind === 'secrets' ? job.plan.sources : []));
  const changes = new Map<string, { path: string; changedAt?: string }>();
  for (const source of sources.filter(({ kind }) => kind === 'builtin')) {
    for (const { id, groups, title, changedAt } of app.vault.list()) {
      const isDone = changedAt.toISOString() > since;
      const path = [...groups, title].join('/');
      changes.set(entryUuid(source.name, id), { path, ...(isDone ? { changedAt: changedAt.toISOString() } : {}) });
    }
  }
  return changes;
}

function readRecordFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure('cli.unreadable-file', {
      message: `${file} cannot be read, and no record that was taken in has this id`,
      hint: 'Give the file orbit-opening-….age; `orbit kit opened` lists the records so far.',
      cause: error,
    });
  }
}
