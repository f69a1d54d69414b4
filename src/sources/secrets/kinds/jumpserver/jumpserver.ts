// JumpServer's accounts by its API, with their past secrets.
import { z } from 'zod';
import { isFailure } from '../../../../base/failure.ts';
import { field, secretText } from '../../../../base/secret-schema.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import { addressText, authorityText } from '../../http-client.ts';
import type { SecretField, SecretRecord, SecretType, SecretVersion } from '../../secret-record.ts';
import type { SecretSource, SecretSourceKind } from '../../secret-source.ts';
import { unreadableSecrets } from '../../unreadable.ts';
import {
  type JumpServerAccount,
  type JumpServerPast,
  type JumpServerSession,
  jumpServerSession,
} from './jumpserver-api.ts';

const config = z.strictObject({
  address: addressText('such as https://jumpserver.example'),
  keyId: field(z.string().regex(/^[\w-]+$/), 'Access key id', 'of an account with a role of its own'),
  keySecret: secretText('Access key secret'),
  organisations: field(
    z.array(z.guid()).min(1).default(['00000000-0000-0000-0000-000000000002']),
    'Organisations',
    'their ids; the default one unless told',
  ),
  authority: authorityText(),
});

/** JumpServer. Each secret that is read is noted there as seen by the key's account. */
export const jumpserver: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'jumpserver',
  title: 'JumpServer (API)',
  config,
  open: async (settings, { clock }) =>
    sourceOver(settings.organisations.map((organisation) => jumpServerSession(settings, organisation, clock))),
};

function sourceOver(sessions: JumpServerSession[]): SecretSource {
  return {
    async census({ signal } = {}) {
      const ids: string[] = [];
      for (const session of sessions) for await (const { id } of session.accounts(signal)) ids.push(id);
      return { ids };
    },
    async *read({ signal } = {}) {
      const unreadable = unreadableSecrets();
      for (const session of sessions) {
        for await (const { id } of session.accounts(signal)) {
          signal?.throwIfAborted();
          let record: SecretRecord;
          try {
            record = recordOf(await session.account(id, signal), await session.history(id, signal));
          } catch (error) {
            // Gone since it was listed: the completeness guard asks again what there is.
            if (!(isFailure(error, 'secrets.refused') && error.facts['status'] === 404)) unreadable.note(id, error);
            continue;
          }
          yield record;
        }
      }
      unreadable.throwIfAny('JumpServer');
    },
    close: async () => {},
  };
}

const types: Record<string, SecretType> = {
  ssh_key: 'ssh-key',
  access_key: 'api-key',
  api_key: 'api-key',
  token: 'api-key',
};

function recordOf(account: JumpServerAccount, history: JumpServerPast[]): SecretRecord {
  const { asset } = account;
  const changedAt = timeOf(account.date_updated) ?? timeOf(account.date_created) ?? new Date(0);
  const username = account.username ?? '';
  const common = {
    title: asset?.name ? `${username || (account.name ?? '')}@${asset.name}` : account.name || username || account.id,
    username,
    url: asset?.address ?? '',
    notes: new SecretString(account.comment ?? ''),
    fields: [
      openField('Account', account.name),
      openField('Platform', asset?.platform?.name),
      openField('Category', asset?.category),
      openField('Switch from', account.su_from?.username || account.su_from?.name),
    ].flat(),
  };
  const isDatabase = asset?.category === 'database';
  return {
    ...common,
    ...valueOf(account.secret_type, account.secret ?? '', account.passphrase ?? ''),
    id: account.id,
    type: types[account.secret_type] ?? (isDatabase ? 'database' : 'login'),
    groups: asset?.name ? [asset.name] : [],
    tags: [
      ...(account.is_active === false ? ['inactive'] : []),
      ...(account.privileged === true ? ['privileged'] : []),
    ],
    createdAt: timeOf(account.date_created) ?? changedAt,
    changedAt,
    // Newest first there, oldest first here.
    history: history.toReversed().map(
      (past): SecretVersion => ({
        ...common,
        ...valueOf(past.secret_type, past.secret ?? '', ''),
        changedAt: timeOf(past.history_date) ?? new Date(0),
      }),
    ),
  };
}

function valueOf(kind: string, secret: string, passphrase: string) {
  if (kind !== 'ssh_key' || secret === '') return { password: new SecretString(secret), attachments: [] };
  return {
    password: new SecretString(passphrase),
    attachments: [{ name: 'private_key', bytes: Buffer.from(secret, 'utf8') }],
  };
}

function openField(name: string, value: string | null | undefined): SecretField[] {
  return value ? [{ name, value: new SecretString(value), isProtected: false }] : [];
}

// `2026/03/01 08:00:00 +0000`
function timeOf(value: string | null | undefined): Date | undefined {
  const match = /^(\d{4})[/-](\d\d)[/-](\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d:?\d\d)?$/.exec(value ?? '');
  if (match === null) return undefined;
  const [, year, month, day, clock, zone = 'Z'] = match;
  const time = new Date(`${year}-${month}-${day}T${clock}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
