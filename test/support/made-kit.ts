// A kit in memory, with its page, made of secrets that a test invents.
import { createHash, randomBytes } from 'node:crypto';
import { SecretString } from '../../src/base/secret-string.ts';
import { sealToRecipients } from '../../src/breakglass/age-files.ts';
import { signManifest } from '../../src/breakglass/kit/manifest.ts';
import { openHtmlOf } from '../../src/breakglass/open-html/template.ts';
import { generateRecoveryIdentity, recoverySecretBytes, wrapByPassword } from '../../src/breakglass/recovery-key.ts';
import type { Share } from '../../src/breakglass/shares/share.ts';
import { splitSecret } from '../../src/breakglass/shares/split-secret.ts';
import { temporarySigningKey } from '../../src/breakglass/signing-key.ts';
import type { KdbxEntry } from '../../src/kdbx/kdbx-types.ts';
import { writeKdbx } from '../../src/kdbx/kdbx.ts';
import { makeKeyFile } from '../../src/kdbx/key-file.ts';
import type { KdbxWriteOptions } from '../../src/kdbx/save-kdbx.ts';
import { nodeCrypto } from '../../src/kdbx/node-crypto.ts';

/** What a test gets. */
export interface MadeKit {
  files: Map<string, Buffer>;
  manifest: Buffer;
  signature: Buffer;
  page: Buffer;
  password: string;
  shares: Share[];
  /** `AGE-SECRET-KEY-1…` is made of these. */
  secret: Buffer;
}

/** Makes a kit; `entries` are written in the order given. */
export async function madeKit(
  entries: readonly KdbxEntry[],
  options: {
    created?: Date;
    previous?: string;
    password?: string;
    otherSignerInside?: boolean;
    records?: number;
    /** Sees the clear text of the database on its way, and may change it. */
    show?: (piece: Uint8Array) => Promise<void>;
  } = {},
): Promise<MadeKit> {
  const password = options.password ?? 'correct horse battery staple';
  const created = options.created ?? new Date('2026-11-22T03:15:00.000Z');
  const identity = generateRecoveryIdentity();
  const signingKey = temporarySigningKey();
  const keyFile = Buffer.from(await makeKeyFile(nodeCrypto, randomBytes(32)));
  const inside = options.otherSignerInside === true ? temporarySigningKey() : signingKey;
  const comment = `<!-- Orbit kit 2026, signed by ${inside.publicKey.toString('base64')} -->\n`;
  const notes = { createdAt: created, signer: signingKey.publicKey };
  const writing: KdbxWriteOptions = { name: 'Orbit kit', kdf: { kind: 'aes', rounds: 1 } };
  if (options.show !== undefined) writing.show = options.show;
  const files = new Map([
    ['secrets.kdbx', await writeKdbx(entries, { keyFile }, writing)],
    ['secrets.keyx.age', await sealToRecipients(Buffer.concat([keyFile, Buffer.from(comment)]), [identity.recipient])],
    ['recovery-key.age', await wrapByPassword(identity, notes, new SecretString(password), { workFactor: 10 })],
  ]);
  const signed = signManifest(
    {
      kit: created.toISOString().replaceAll(':', '-'),
      created: created.toISOString(),
      run: 'test',
      previous: options.previous ?? null,
      recoveryKey: {
        id: identity.id,
        recipient: identity.recipient,
        ways: ['master-password', 'shares'],
        threshold: 2,
        shares: 3,
      },
      digestKey: '0'.repeat(16),
      records: options.records ?? entries.length,
      sources: [{ id: 'vault', records: entries.length }],
    },
    files,
    signingKey,
  );
  const parts = { files, manifest: signed.bytes, signature: signed.signature };
  const secret = recoverySecretBytes(identity);
  const shares = await splitSecret(secret, { threshold: 2, count: 3 });
  return { ...parts, page: await openHtmlOf(parts), password, shares, secret };
}

/** An entry with the usual fields; `more` changes it. */
export function madeEntry(
  title: string,
  more: Partial<KdbxEntry> & { username?: string; password?: string; url?: string } = {},
): KdbxEntry {
  const { username = 'root', password = `pw of ${title}`, url = '', fields = [], ...rest } = more;
  return {
    uuid: createHash('sha256')
      .update(`${title}/${username}/${rest.groups?.join('/')}`)
      .digest('hex')
      .slice(0, 32),
    groups: [],
    tags: [],
    customData: [],
    attachments: [],
    history: [],
    createdAt: new Date('2026-01-05T10:00:00Z'),
    modifiedAt: new Date('2026-10-01T12:00:00Z'),
    ...rest,
    fields: [
      { name: 'Title', value: title, isProtected: false },
      { name: 'UserName', value: username, isProtected: false },
      { name: 'Password', value: password, isProtected: true },
      { name: 'URL', value: url, isProtected: false },
      ...fields,
    ],
  };
}
