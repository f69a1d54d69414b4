// What the routes work with.
import type { Challenges } from '../accounts/challenges.ts';
import type { PasskeyChallenge } from '../accounts/passkey.ts';
import type { ProviderChallenge } from '../accounts/provider.ts';
import type { SignInLimit } from '../accounts/sign-in-limit.ts';
import type { HashCosts } from '../accounts/password-hash.ts';
import type { Role } from '../accounts/role.ts';
import type { Scope } from '../accounts/scope.ts';
import type { App } from '../app.ts';
import type { DrillDesk } from '../jobs/drill-desk.ts';
import type { OpenCopies } from '../jobs/open-copies.ts';
import type { RestoreDesk } from '../jobs/restore-desk.ts';
import type { RecordingArchive } from '../jobs/recording-archive.ts';
import type { RunDesk } from '../jobs/run-desk.ts';

/** The instance behind the API, and what only the service has. */
export interface ApiSite extends App {
  desk: RunDesk;
  /** Backups that people look into. */
  copies: OpenCopies;
  restores: RestoreDesk;
  /** Drills that people ask for. */
  drills: DrillDesk;
  /** Recordings, as they lie in the repositories. */
  archive: RecordingArchive;
  limit: SignInLimit;
  passkeyChallenges: Challenges<PasskeyChallenge>;
  providerChallenges: Challenges<ProviderChallenge>;
  /** True when people reach it by TLS: cookies are then bound to it. */
  isTls: boolean;
  /** `http://127.0.0.1:7420`, for links. */
  origin: string;
  /** Costs of password hashes; lowered in tests only. */
  costs?: HashCosts;
  /** Told of errors that are bugs. */
  reportBug(error: unknown): void;
}

/** Whoever sends a request. `accountId` and `signInId` are absent for tokens. */
export interface Caller {
  name: string;
  role: Role;
  /** All that may be done in this name. */
  scopes: readonly Scope[];
  accountId?: string;
  signInId?: string;
  /** Of a token: who made it. */
  owner?: string;
}
