// Everything an administrator can set, as plain data for the audit trail. Of a secret only whether it is there and which
// writing of it: a digest of its sealed form, which tells nothing of it and differs whenever it was saved anew.
import { hash } from 'node:crypto';
import { listAccounts } from '../accounts/account.ts';
import { readApprovalSettings } from '../accounts/approval.ts';
import { hasCodes } from '../accounts/one-time-code.ts';
import { listPasskeys } from '../accounts/passkey.ts';
import { shownProvider } from '../accounts/provider.ts';
import { listApiTokens } from '../accounts/api-token.ts';
import type { App } from '../app.ts';
import type { SettingsState } from '../audit/changes.ts';
import { listEnvelopes } from '../breakglass/envelope.ts';
import { recoveryKeys } from '../breakglass/recovery-key-store.ts';
import { listDestinations } from '../destinations/destination.ts';
import { listHolds } from '../jobs/copy-hold.ts';
import { listJobs } from '../jobs/job.ts';
import { findMaintenance } from '../jobs/maintenance.ts';
import { readPasswordPolicy } from '../jobs/password-policy.ts';
import { listReports } from '../reports/scheduled-report.ts';

/** The settings as they are now. */
export function settingsState({ store, clock }: Pick<App, 'store' | 'clock'>): SettingsState {
  const { database } = store;
  const rows = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
  return {
    account: byName(
      listAccounts(store).map((account) => ({
        ...account,
        hasCodes: hasCodes({ store }, account),
        passkeys: listPasskeys({ store }, account.id).map(({ name }) => name),
      })),
    ),
    signIn: { provider: shownProvider({ store }), approval: readApprovalSettings(store) },
    // When a token was used is no setting: it would show up in the entry of whatever else happened then.
    token: byName(listApiTokens({ store }).map((token) => ({ ...token, usedAt: undefined }))),
    maintenance: { now: plain(findMaintenance({ store, clock }) ?? 'off') },
    job: byName(listJobs(store)),
    // Of sources and profiles what they sign in with, which the vault keeps; the rest of them is with their job.
    sourceSecret: byName(
      rows("SELECT id, contents FROM secret WHERE id LIKE 'orbit:source:%' AND removed_at IS NULL").map((row) => ({
        name: String(row['id']).slice('orbit:source:'.length),
        secrets: maskOf(row['contents']),
      })),
    ),
    hold: byName(listHolds(store).map((hold) => ({ name: `${hold.copy} ${hold.how}`, ...hold }))),
    destination: byName(
      listDestinations(store).map(({ id, name, kind, config, pins }) => {
        const row = database.prepare('SELECT sealed_secrets FROM destination WHERE id = ?').get(id);
        return { name, kind, config, pins, secrets: maskOf(row?.['sealed_secrets']) };
      }),
    ),
    channel: byName(
      rows('SELECT * FROM channel').map((row) => ({
        name: String(row['name']),
        kind: row['kind'],
        isEnabled: row['is_enabled'] === 1,
        filter: JSON.parse(String(row['filter'])) as unknown,
        config: JSON.parse(String(row['config'])) as unknown,
        secrets: maskOf(row['secrets']),
      })),
    ),
    recoveryKey: Object.fromEntries(
      recoveryKeys(store).map(({ id, state, ways, extraRecipients, shares }) => [
        id,
        plain({ state, ways, recipients: extraRecipients, shares }),
      ]),
    ),
    custodian: byName(
      rows('SELECT name, contact FROM custodian').map(({ name, contact }) => ({ name: String(name), contact })),
    ),
    report: byName(listReports(store).map(({ name, isEnabled, plan }) => ({ name, isEnabled, ...plan }))),
    passwordPolicy: { now: readPasswordPolicy(store) },
    envelope: byName(listEnvelopes(store).map(({ title, ...envelope }) => ({ name: title, ...envelope }))),
    sshKey: byName(
      rows('SELECT name, public_line FROM ssh_key').map((row) => ({
        name: String(row['name']),
        key: row['public_line'],
      })),
    ),
  };
}

function byName<Item extends { name: string }>(items: Item[]): Record<string, unknown> {
  return Object.fromEntries(items.map((item) => [item.name, plain(item)]));
}

// Leaves out what is undefined, and turns whatever is left into what JSON can hold.
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function maskOf(sealed: unknown): string {
  if (!(sealed instanceof Uint8Array)) return 'none';
  return `[secret ${hash('sha256', sealed, 'hex').slice(0, 8)}]`;
}
