// Who opened this kit, why, and what they saw: sealed to the recovery key, to be carried back to the administrators.
import { Encrypter } from 'age-encryption';
import type { KitManifest } from './kit-check.ts';

/** What somebody did with one value. Names and kinds only, never the value. */
export interface SeenValue {
  /** The entry's UUID, 32 hexadecimal digits. */
  entry: string;
  title: string;
  /** `Password`, `totp`, the name of a field or of an attachment; `history: …` for an earlier version. */
  value: string;
  how: 'shown' | 'copied' | 'printed' | 'downloaded';
  at: string;
}

/** The record, as JSON. docs/open-html.md describes it. */
export interface OpeningRecord {
  format: 'orbit-opening-record';
  version: 1;
  kit: string;
  kitFingerprint: string;
  recoveryKeyId: string;
  name: string;
  reason: string;
  way: 'master-password' | 'shares' | 'identity';
  /** Numbers of the shares that were entered. */
  shares?: number[];
  failedAttempts: number;
  openedAt: string;
  closedAt?: string;
  exportedAt?: string[];
  seen: SeenValue[];
}

/** Begins a record, at the moment the kit opened. */
export function newRecord(
  manifest: KitManifest,
  who: { name: string; reason: string; failedAttempts: number },
  way: { way: 'master-password' | 'identity' } | { way: 'shares'; shares: number[] },
): OpeningRecord {
  return {
    format: 'orbit-opening-record',
    version: 1,
    kit: manifest.kit,
    kitFingerprint: manifest.fingerprint,
    recoveryKeyId: manifest.recoveryKey.id,
    ...who,
    ...way,
    openedAt: new Date().toISOString(),
    seen: [],
  };
}

/** Seals the record, as it stands, to the recovery key's public half. */
export async function sealRecord(record: OpeningRecord, recipient: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(`${JSON.stringify({ ...record, closedAt: new Date().toISOString() }, null, 2)}\n`);
}
