// A Passbolt resource as a secret, of every type of versions 4 and 5. What has no place of its own becomes a protected field.
import { z } from 'zod';
import { Failure } from '../../../../base/failure.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import { base32Of, otpUri } from '../../otp-uri.ts';
import type { SecretField, SecretRecord } from '../../secret-record.ts';
import type { SealedResource } from './passbolt-api.ts';

const text = z.string().nullish();
const metadataShape = z.looseObject({
  name: text,
  username: text,
  uris: z.array(text).nullish(),
  description: text,
  custom_fields: z
    .array(z.looseObject({ id: z.string(), type: text, metadata_key: text, metadata_value: z.unknown().optional() }))
    .nullish(),
});
const secretShape = z.looseObject({
  object_type: text,
  password: text,
  description: text,
  totp: z
    .looseObject({
      secret_key: z.string(),
      digits: z.number().nullish(),
      period: z.number().nullish(),
      algorithm: text,
    })
    .nullish(),
  custom_fields: z
    .array(z.looseObject({ id: z.string(), type: text, secret_key: text, secret_value: z.unknown().optional() }))
    .nullish(),
});
type Metadata = z.infer<typeof metadataShape>;
type Secret = z.infer<typeof secretShape>;

/** The metadata of version 5. @throws Failure `secrets.strange-answer` */
export function resourceMetadata(json: string, id: string): Metadata {
  const { success, data } = metadataShape.safeParse(parsed(json));
  if (success) return data;
  throw strange(id);
}

/** The record of a resource whose parts are open. @throws Failure `secrets.strange-answer` */
export function recordOfResource(
  resource: SealedResource,
  metadata: Metadata | undefined,
  opened: SecretString,
  groups: string[],
): SecretRecord {
  const slug = resource.resource_type?.slug ?? 'password-string';
  const secret = slug.endsWith('password-string') ? { password: opened.reveal() } : secretOf(opened, resource.id);
  const { name, username, uris, description } = metadata ?? { ...resource, uris: [resource.uri] };
  const title = name ?? '';
  const changedAt = timeOf(resource.modified) ?? timeOf(resource.created) ?? new Date(0);
  const expiresAt = timeOf(resource.expired);
  const totp = totpOf(secret, title);
  const [url = '', ...more] = (uris ?? []).filter((uri) => uri !== null && uri !== undefined && uri !== '');
  const notes = [description, secret.description].filter((note) => note !== null && note !== undefined && note !== '');
  return {
    id: resource.id,
    type: slug.includes('note') ? 'note' : 'login',
    title,
    username: username ?? '',
    password: new SecretString(secret.password ?? ''),
    url: url ?? '',
    notes: new SecretString(notes.join('\n\n')),
    groups,
    tags: [],
    fields: [
      ...more.map((uri, index) => ({
        name: `URL ${index + 2}`,
        value: new SecretString(uri ?? ''),
        isProtected: false,
      })),
      ...customFields(metadata, secret),
      ...otherParts(secret, [...knownOfSecret, ...(totp === undefined ? [] : ['totp'])]).map(([name, value]) =>
        fieldOf(name, value, true),
      ),
      // Names may be those of fields of the secret.
      ...otherParts(metadata ?? {}, knownOfMetadata).map(([name, value]) => fieldOf(`metadata ${name}`, value, false)),
    ],
    ...(totp === undefined ? {} : { totp: new SecretString(totp) }),
    attachments: [],
    createdAt: timeOf(resource.created) ?? changedAt,
    changedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    history: [],
  };
}

function secretOf(opened: SecretString, id: string): Secret {
  const { success, data } = secretShape.safeParse(parsed(opened.reveal()));
  if (success) return data;
  throw strange(id);
}

// A field's name and value lie in the metadata, in the secret, or one in each; the id joins them.
function customFields(metadata: Metadata | undefined, secret: Secret): SecretField[] {
  const inSecret = new Map((secret.custom_fields ?? []).map((each) => [each.id, each]));
  const open = (metadata?.custom_fields ?? []).map((each) => {
    const hidden = inSecret.get(each.id);
    inSecret.delete(each.id);
    const isHidden = hidden?.secret_value !== null && hidden?.secret_value !== undefined;
    const name = each.metadata_key ?? hidden?.secret_key ?? each.id;
    return fieldOf(name, isHidden ? hidden.secret_value : each.metadata_value, isHidden);
  });
  return [
    ...open,
    ...[...inSecret.values()].map((each) => fieldOf(each.secret_key ?? each.id, each.secret_value, true)),
  ];
}

const knownOfSecret = ['object_type', 'password', 'description', 'custom_fields'];
// The icon is how its browser shows a resource.
const knownOfMetadata = [
  'object_type',
  'resource_type_id',
  'name',
  'username',
  'uris',
  'description',
  'custom_fields',
  'icon',
];

// What a later version adds, and has no place of its own here.
function otherParts(part: object, known: readonly string[]): [name: string, value: unknown][] {
  return Object.entries(part).filter(([name, value]) => !known.includes(name) && value !== null && value !== undefined);
}

function fieldOf(name: string, value: unknown, isProtected: boolean): SecretField {
  const shown = typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
  return { name, value: new SecretString(shown), isProtected };
}

function totpOf({ totp }: Secret, title: string): string | undefined {
  const seed = base32Of(totp?.secret_key);
  if (!totp || seed === undefined) return undefined;
  return otpUri(seed, title, {
    period: String(totp.period ?? 30),
    digits: String(totp.digits ?? 6),
    algorithm: totp.algorithm ?? 'SHA1',
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function timeOf(value: string | null | undefined): Date | undefined {
  const time = new Date(value ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function strange(id: string): Failure {
  return new Failure('secrets.strange-answer', {
    message: `the resource ${id} of Passbolt is in a shape that Orbit does not know`,
    hint: 'Open and save it in a browser; if that does not help, report the version of Passbolt.',
  });
}
