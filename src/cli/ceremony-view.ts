// What `orbit ceremony` says of keys and custodians.
import { formatMinute } from '../base/quantities.ts';
import type { CustodyState } from '../breakglass/custody-state.ts';
import type { RecoveryKey } from '../breakglass/recovery-key-store.ts';
import { signerFingerprint } from '../breakglass/signing-key.ts';
import { table } from './output.ts';

/** How far each custodian of the current set is. */
export function custodyLines({ set, holders, worry }: CustodyState): string[] {
  const rows = holders.map(({ custodian, number, delivery, step, link, viewedAt, printedAt, confirmedAt }) => [
    `${custodian.name}${custodian.removedAt === undefined ? '' : ' (struck off)'}`,
    String(number),
    delivery,
    step === 'waiting' && link !== undefined ? `waiting until ${formatMinute(link.expiresAt)}` : step,
    ...[viewedAt, printedAt, confirmedAt].map((at) => at?.toISOString().slice(0, 10) ?? '-'),
  ]);
  const missing = worry === undefined ? [] : [`Only ${worry.confirmed} confirmed, ${worry.wanted} wanted.`];
  return [
    '',
    `Set '${set.name}': any ${set.threshold} of ${set.count} open recovery key ${set.keyId}.`,
    ...table(['CUSTODIAN', 'SHARE', 'BY', 'STATE', 'VIEWED', 'PRINTED', 'CONFIRMED'], rows),
    ...missing,
  ];
}

/** What the current key is and what opens it. */
export function keyLines(key: RecoveryKey): string[] {
  return [
    `recovery key ${key.id}, made ${key.createdAt.toISOString()}`,
    `public half  ${key.recipient}`,
    `opens with   ${key.ways.map((way) => wayText(way, key)).join('; ')}`,
    ...key.extraRecipients.map(
      (extra) => `recipient    ${extra.recipient}${extra.title === '' ? '' : ` (${extra.title})`}`,
    ),
    `kits signed  ${signerFingerprint(key.signer)}`,
  ];
}

function wayText(way: RecoveryKey['ways'][number], key: RecoveryKey): string {
  switch (way) {
    case 'master-password':
      return 'the master password';
    case 'shares':
      return `${key.shares?.threshold} of ${key.shares?.total} custodians`;
    case 'recipients':
      return `${key.extraRecipients.length} recipient(s)`;
  }
}

/** A key as `--json` says it. */
export function keyJson(key: RecoveryKey): Record<string, unknown> {
  const { id, recipient, createdAt, state, ways, extraRecipients, shares } = key;
  const opensWithCurrent = state === 'current' || key.sealedToCurrent !== undefined;
  return {
    id,
    recipient,
    createdAt,
    state,
    ways,
    extraRecipients,
    shares: shares ?? null,
    opensWithCurrent,
    signer: signerFingerprint(key.signer),
  };
}
