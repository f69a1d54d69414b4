// The ceremony that makes a recovery key, and what may be done to its key set later. The private half is in memory while
// one of these functions runs, and nowhere else in the clear.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import { parseRecipient } from './age-files.ts';
import { refuseWeakPassword } from './master-password.ts';
import {
  currentKey,
  type ExtraRecipient,
  findCurrentKey,
  recoveryKeys,
  replaceCurrentKey,
  savePasswordWrap,
  saveRecipientWrap,
  saveShareSet,
  type RecoveryKey,
  type ShareSet,
} from './recovery-key-store.ts';
import {
  generateRecoveryIdentity,
  recoverySecretBytes,
  type RecoveryIdentity,
  type RecoveryKeyNotes,
  unwrapByIdentity,
  unwrapByPassword,
  wrapByPassword,
  wrapToRecipients,
} from './recovery-key.ts';
import { openSigningKey } from './signing-key.ts';

/** What a ceremony works with. `workFactor` is scrypt's log2 cost; only tests lower it. */
export interface CeremonySite {
  store: Store;
  instanceKey: InstanceKey;
  clock: Clock;
  workFactor?: number;
}

/** Splits the 32 secret bytes among custodians and hands the shares out; the bytes are wiped when it returns. */
export type ShareSplitter = (secret: Buffer) => Promise<ShareSet>;

/** How the current recovery key is opened: by its master password, or by the identity that shares or a recipient gave (wiped after use). */
export type OpenedBy = { masterPassword: SecretString } | { identity: RecoveryIdentity };

/** What a ceremony decides. At least one of the three ways must be given. */
export interface CeremonyOptions {
  masterPassword?: SecretString;
  extraRecipients?: ExtraRecipient[];
  shares?: ShareSplitter;
  /** After the first ceremony: how the current key opens, or `abandon` when nobody can open it any more. */
  previous?: OpenedBy | 'abandon';
  /** The key before is known to others; it stays readable to us but is told apart. */
  isPreviousCompromised?: boolean;
  /** Done while every key is open, the new one first: the current one by then. They are wiped when it returns. */
  whileOpen?: (identities: readonly RecoveryIdentity[]) => Promise<void>;
}

/**
 * Makes a new recovery key and the current key set. Earlier keys are sealed to it, so that every earlier backup opens
 * with the new set; with `previous: 'abandon'` earlier backups open only with the sets they were made for.
 * @throws Failure `breakglass.no-way-to-open`, `breakglass.weak-password`, `breakglass.bad-recipient`,
 *   `breakglass.previous-key-needed`, `breakglass.wrong-password`.
 */
export async function startCeremony(site: CeremonySite, options: CeremonyOptions): Promise<RecoveryKey> {
  const { store, clock } = site;
  const extraRecipients = checkRecipients(options.extraRecipients ?? []);
  if (options.masterPassword === undefined && options.shares === undefined && extraRecipients.length === 0) {
    throw new Failure('breakglass.no-way-to-open', {
      message: 'a recovery key needs a way to open it',
      hint: 'Give a master password, custodians, or a recipient.',
    });
  }
  if (options.masterPassword !== undefined) refuseWeakPassword(options.masterPassword);
  const earlier = await openEarlier(store, options.previous);
  const identity = generateRecoveryIdentity();
  try {
    const signingKey = openSigningKey(store, site.instanceKey, clock);
    const notes = { createdAt: clock.now(), signer: signingKey.publicKey };
    const sealed = new Map<string, Buffer>();
    for (const { key, identity: old } of earlier) {
      sealed.set(key.id, await wrapToRecipients(old, notesOf(key), [identity.recipient]));
    }
    const key = {
      id: identity.id,
      recipient: identity.recipient,
      createdAt: notes.createdAt,
      wrappedByPassword:
        options.masterPassword === undefined
          ? null
          : await wrapByPassword(identity, notes, options.masterPassword, site),
      wrappedToRecipients: await wrapForExtras(identity, notes, extraRecipients),
      extraRecipients,
      shares: options.shares === undefined ? null : await split(identity, options.shares),
      signingKeyId: signingKey.id,
    };
    replaceCurrentKey(store, key, { state: options.isPreviousCompromised ? 'compromised' : 'retired', sealed });
    await options.whileOpen?.([identity, ...earlier.map(({ identity: old }) => old)]);
    return currentKey(store);
  } finally {
    identity.wipe();
    for (const { identity: old } of earlier) old.wipe();
  }
}

/**
 * Puts the current recovery key under another master password, or under its first one. The key stays: every kit opens
 * with the new password and the `recovery-key.age` at the top of the destination.
 */
export async function changeMasterPassword(site: CeremonySite, by: OpenedBy, next: SecretString): Promise<RecoveryKey> {
  refuseWeakPassword(next);
  return await withRecoveryIdentity(site.store, by, async (identity, key) => {
    savePasswordWrap(site.store, key.id, await wrapByPassword(identity, notesOf(key), next, site));
    return currentKey(site.store);
  });
}

/**
 * Sets the extra recipients of the current recovery key. One that is added opens the old kits too; one that is removed
 * opens no new kit with its own key, but whoever kept an old `recovery-key.recipients.age` still has the recovery key:
 * hold a new ceremony when that matters.
 * @throws Failure `breakglass.no-way-to-open` when nothing would be left to open the key with.
 */
export async function changeRecipients(
  site: CeremonySite,
  by: OpenedBy,
  extras: ExtraRecipient[],
): Promise<RecoveryKey> {
  const checked = checkRecipients(extras);
  return await withRecoveryIdentity(site.store, by, async (identity, key) => {
    if (checked.length === 0 && key.ways.every((way) => way === 'recipients')) {
      throw new Failure('breakglass.no-way-to-open', {
        message: 'without this recipient nobody could open the recovery key',
        hint: 'Set a master password or custodians first.',
      });
    }
    const wrapped = await wrapForExtras(identity, notesOf(key), checked);
    saveRecipientWrap(site.store, key.id, checked, wrapped, site.clock.now());
    return currentKey(site.store);
  });
}

/** Splits the current recovery key among custodians, anew or for the first time. Shares of an earlier set still open it. */
export async function changeShares(site: CeremonySite, by: OpenedBy, splitter: ShareSplitter): Promise<RecoveryKey> {
  return await withRecoveryIdentity(site.store, by, async (identity, key) => {
    saveShareSet(site.store, key.id, await split(identity, splitter));
    return currentKey(site.store);
  });
}

/**
 * Opens the current recovery key for the time of `work`, then wipes it.
 * @throws Failure `breakglass.wrong-password`, `breakglass.no-master-password`, `breakglass.wrong-key`.
 */
export async function withRecoveryIdentity<Result>(
  store: Store,
  by: OpenedBy,
  work: (identity: RecoveryIdentity, key: RecoveryKey) => Promise<Result>,
): Promise<Result> {
  const key = currentKey(store);
  const identity = await openCurrent(key, by);
  try {
    return await work(identity, key);
  } finally {
    identity.wipe();
  }
}

/**
 * Opens the current recovery key and every earlier one that it reaches, for the time of `work`; the current one comes first.
 * @throws Failure as `withRecoveryIdentity`.
 */
export async function withEveryIdentity<Result>(
  store: Store,
  by: OpenedBy,
  work: (identities: RecoveryIdentity[]) => Promise<Result>,
): Promise<Result> {
  currentKey(store);
  const opened = await openEarlier(store, by);
  try {
    return await work(opened.map(({ identity }) => identity));
  } finally {
    for (const { identity } of opened) identity.wipe();
  }
}

async function openCurrent(key: RecoveryKey, by: OpenedBy): Promise<RecoveryIdentity> {
  if ('identity' in by) {
    if (by.identity.id === key.id) return by.identity;
    throw new Failure('breakglass.wrong-key', {
      message: `the key that was given is ${by.identity.id}, the current recovery key is ${key.id}`,
      hint: 'Use the shares or the recipient of the current key set.',
    });
  }
  if (key.wrappedByPassword === undefined) {
    throw new Failure('breakglass.no-master-password', {
      message: `recovery key ${key.id} has no master password`,
      hint: 'Open it with its custodians’ shares or with one of its recipients.',
    });
  }
  return (await unwrapByPassword(key.wrappedByPassword, by.masterPassword)).identity;
}

// The identities of every earlier key that can be had: the current one, and those that were sealed to it.
async function openEarlier(
  store: Store,
  previous: CeremonyOptions['previous'],
): Promise<{ key: RecoveryKey; identity: RecoveryIdentity }[]> {
  const current = findCurrentKey(store);
  if (current === undefined || previous === 'abandon') return [];
  if (previous === undefined) {
    throw new Failure('breakglass.previous-key-needed', {
      message: `there is a recovery key already (${current.id}); a new one must be able to open what it opens`,
      hint: 'Give the current master password or shares too, or say that nobody has them (--abandon-previous).',
    });
  }
  const opened = [{ key: current, identity: await openCurrent(current, previous) }];
  for (const key of recoveryKeys(store)) {
    if (key.sealedToCurrent === undefined || opened[0] === undefined) continue;
    opened.push({ key, identity: (await unwrapByIdentity(key.sealedToCurrent, opened[0].identity, key.id)).identity });
  }
  return opened;
}

function checkRecipients(extras: ExtraRecipient[]): ExtraRecipient[] {
  const checked = extras.map((extra) => ({ recipient: parseRecipient(extra.recipient), title: extra.title }));
  return checked.filter((extra, index) => checked.findIndex((other) => other.recipient === extra.recipient) === index);
}

async function wrapForExtras(
  identity: RecoveryIdentity,
  notes: RecoveryKeyNotes,
  extras: ExtraRecipient[],
): Promise<Buffer | null> {
  if (extras.length === 0) return null;
  return await wrapToRecipients(
    identity,
    notes,
    extras.map((extra) => extra.recipient),
  );
}

async function split(identity: RecoveryIdentity, splitter: ShareSplitter): Promise<ShareSet> {
  const secret = recoverySecretBytes(identity);
  try {
    return await splitter(secret);
  } finally {
    secret.fill(0);
  }
}

function notesOf(key: RecoveryKey): RecoveryKeyNotes {
  return { createdAt: key.createdAt, signer: key.signer };
}
