// The profiles of a system job: found on this machine, added, removed. Secrets of their settings lie in the vault, never in the job.
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { configFields } from '../base/secret-schema.ts';
import { forgetSourceSecrets, keepSourceSettings } from '../sources/secrets/source-settings.ts';
import type { Vault } from '../sources/secrets/vault/vault.ts';
import type { ProfileKind } from '../sources/trees/profiles/profile.ts';
import { profileKind, profileKinds } from '../sources/trees/profiles/profiles.ts';
import type { Store } from '../store/store.ts';
import { findJob, type JobOf, saveJob } from './job.ts';

/** A profile that this machine could use, with the settings that fit it. */
export interface FoundProfile {
  kind: ProfileKind<unknown>;
  config: Record<string, unknown>;
}

interface ProfileSite {
  store: Store;
  vault: Vault;
}

/** The system job of that name. @throws Failure `jobs.not-found`, `jobs.not-of-kind` */
export function systemJobOf(store: Store, name: string): JobOf<'system'> {
  const job = findJob(store, name);
  if (job.kind === 'system') return job;
  throw new Failure('jobs.not-of-kind', {
    message: `the job '${name}' backs up ${job.kind}`,
    hint: 'Outputs of programs, profiles and hooks belong to the system job.',
  });
}

/** Looks which profiles this machine needs. */
export async function detectProfiles(options: Operation = {}): Promise<FoundProfile[]> {
  const found: FoundProfile[] = [];
  for (const kind of profileKinds) {
    const config = await kind.detect(options);
    if (config !== undefined) found.push({ kind, config });
  }
  return found;
}

/** Lets a job take a profile, in place of one of that name. @throws Failure `config.invalid`, `profiles.bad-name`, `profiles.unknown-kind` */
export function addProfile(
  { store, vault }: ProfileSite,
  jobName: string,
  { name, kind, values }: { name: string; kind: string; values: Record<string, unknown> },
): JobOf<'system'> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/.test(name))
    throw new Failure('profiles.bad-name', {
      message: `'${name}' cannot be a profile's name`,
      hint: 'Up to 41 letters, digits, dashes and underscores.',
    });
  systemJobOf(store, jobName);
  const config = keepSourceSettings(vault, profileKind(kind), vaultName(name), values);
  return changeProfiles(store, jobName, (profiles) => [
    ...profiles.filter((profile) => profile.name !== name),
    { name, kind, config },
  ]);
}

/** Lets a job take a profile no longer; snapshots keep what they have. @throws Failure `profiles.not-found` */
export function removeProfile({ store, vault }: ProfileSite, jobName: string, name: string): JobOf<'system'> {
  const profiles = profilesOf(systemJobOf(store, jobName));
  if (!profiles.some((profile) => profile.name === name))
    throw new Failure('profiles.not-found', {
      message: `the job '${jobName}' has no profile '${name}'`,
      hint: `It has: ${profiles.map((profile) => profile.name).join(', ') || 'none'}.`,
    });
  const job = changeProfiles(store, jobName, (now) => now.filter((profile) => profile.name !== name));
  forgetSourceSecrets(vault, vaultName(name));
  return job;
}

/** The profiles of a job. */
export function profilesOf({ plan }: JobOf<'system'>): NonNullable<JobOf<'system'>['plan']['profiles']> {
  return plan.profiles ?? [];
}

/** Kinds of which one is still missing beside this one, because they take its database. */
export function missingCompanions(job: JobOf<'system'>, { companions = [] }: ProfileKind<unknown>): readonly string[] {
  return profilesOf(job).some(({ kind }) => companions.includes(kind)) ? [] : companions;
}

/** Settings of a kind without the secret ones. */
export function plainSettings(kind: ProfileKind<unknown>, config: Record<string, unknown>): Record<string, unknown> {
  const plain = new Set(
    configFields(kind.config)
      .filter(({ isSecret }) => !isSecret)
      .map(({ name }) => name),
  );
  return Object.fromEntries(Object.entries(config).filter(([name]) => plain.has(name)));
}

function vaultName(profile: string): string {
  return `profile-${profile}`;
}

// The job is read again within the transaction: somebody else may have changed it meanwhile.
function changeProfiles(
  store: Store,
  jobName: string,
  change: (profiles: ReturnType<typeof profilesOf>) => ReturnType<typeof profilesOf>,
): JobOf<'system'> {
  return store.transaction(() => {
    const job = systemJobOf(store, jobName);
    const changed = { ...job, plan: { ...job.plan, profiles: change(profilesOf(job)) } };
    saveJob(store, changed);
    return changed;
  });
}
