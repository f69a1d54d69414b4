// The secret sources of a job: added, changed, tested, removed. What a source signs in with is kept in the vault, never in the job.
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { judgeCompleteness, requireComplete } from '../sources/secrets/completeness.ts';
import { configFields, joinSecrets, readConfig, splitSecrets } from '../base/secret-schema.ts';
import { withKeptSecrets } from '../base/kept-secrets.ts';
import { openSecretSource, secretSourceKind } from '../sources/secrets/kinds.ts';
import { forgetSourceSecrets, keepSourceSettings, splitSourceSettings } from '../sources/secrets/source-settings.ts';
import type { SecretSourceContext } from '../sources/secrets/secret-source.ts';
import type { Vault } from '../sources/secrets/vault/vault.ts';
import type { Store } from '../store/store.ts';
import { findJob, type JobOf, saveJob } from './job.ts';

/** A source as its job keeps it. */
export type PlannedSource = JobOf<'secrets'>['plan']['sources'][number];

/** What a test of a source found. */
export interface TestedSource {
  /** Secrets it says it holds. */
  held: number;
  /** Secrets that were read, when they were. */
  read?: number;
  tookMs: number;
}

/** The job of that name. @throws Failure `jobs.not-found`, `jobs.not-of-kind` when it protects no secrets. */
export function secretsJob(store: Store, name: string): JobOf<'secrets'> {
  const job = findJob(store, name);
  if (job.kind === 'secrets') return job;
  throw new Failure('jobs.not-of-kind', {
    message: `the job '${name}' protects no secrets`,
    hint: 'Sources belong to a job of the kind secrets.',
  });
}

/** @throws Failure `secrets.no-source`. */
export function findSource(job: JobOf<'secrets'>, name: string): PlannedSource {
  const found = job.plan.sources.find((source) => source.name === name);
  if (found !== undefined) return found;
  throw new Failure('secrets.no-source', {
    message: `the job '${job.name}' reads no source '${name}'`,
    hint: `It reads: ${job.plan.sources.map((source) => source.name).join(', ') || 'none'}.`,
  });
}

/** Refuses a name that is taken. @throws Failure `secrets.source-exists`. */
export function refuseTakenSource(job: JobOf<'secrets'>, name: string): void {
  if (!job.plan.sources.some((source) => source.name === name)) return;
  throw new Failure('secrets.source-exists', {
    message: `there is a source '${name}' already`,
    hint: 'Choose another name, or give --replace to set it up anew.',
  });
}

/** Lets a job read a source, in place of one of that name. @throws Failure `config.invalid`, `secrets.bad-source-name`. */
export function addSource(
  { store, vault }: { store: Store; vault: Vault },
  job: string,
  { name, kind, values }: { name: string; kind: string; values: Record<string, unknown> },
): PlannedSource {
  const config = keepSourceSettings(vault, secretSourceKind(kind), name, values);
  const source = { name, kind, config };
  changeSources(store, job, (sources) =>
    sources.some((each) => each.name === name)
      ? sources.map((each) => (each.name === name ? source : each))
      : [...sources, source],
  );
  return source;
}

/**
 * A source as it would be with these settings, its secrets among them: one that is left out stays, one that is null is given up.
 * @throws Failure `secrets.no-source`, `config.invalid`, `config.secret-needed`, `vault.no-own-secret`.
 */
export function changedSource(
  { store, vault }: { store: Store; vault: Vault },
  job: string,
  name: string,
  values: Record<string, unknown>,
): { name: string; kind: string; config: Record<string, unknown> } {
  const { kind: kindName, config: stored } = findSource(secretsJob(store, job), name);
  const kind = secretSourceKind(kindName);
  const before = splitSourceSettings(vault, stored ?? {});
  const whole = withKeptSecrets(
    configFields(kind.config),
    before,
    values,
    (all) => readConfig(kind.config, all) as object,
  );
  return { name, kind: kindName, config: joinSecrets(splitSecrets(whole)) };
}

/** Lets a job no longer read a source; what it signed in with leaves the vault. @throws Failure `secrets.no-source`. */
export function removeSource({ store, vault }: { store: Store; vault: Vault }, job: string, name: string): void {
  findSource(secretsJob(store, job), name);
  changeSources(store, job, (sources) => sources.filter((source) => source.name !== name));
  forgetSourceSecrets(vault, name);
}

/**
 * Signs in and counts; with `reads` everything is read as a run would, and nothing kept.
 * @throws Failure of the source, `secrets.incomplete`.
 */
export async function testSource(
  context: SecretSourceContext,
  { name, kind, config }: PlannedSource,
  options: Operation & { reads?: boolean } = {},
): Promise<TestedSource> {
  const started = performance.now();
  const operation = options.signal === undefined ? {} : { signal: options.signal };
  const source = await openSecretSource(kind, config, context);
  try {
    const { ids } = await source.census(operation);
    const took = (): number => Math.round(performance.now() - started);
    if (options.reads !== true) return { held: ids.length, tookMs: took() };
    const read: string[] = [];
    for await (const { id } of source.read(operation)) read.push(id);
    requireComplete(judgeCompleteness({ census: ids, read }), name);
    return { held: ids.length, read: read.length, tookMs: took() };
  } finally {
    await source.close();
  }
}

// The job is read again within the transaction: somebody else may have changed it while a password was asked for.
function changeSources(store: Store, job: string, change: (sources: PlannedSource[]) => PlannedSource[]): void {
  store.transaction(() => {
    const now = secretsJob(store, job);
    saveJob(store, { ...now, plan: { sources: change(now.plan.sources) } });
  });
}
