// Schemas of configurations: destinations, secret sources and channels describe their fields once, in zod.
// The form, the command-line flags, the stored row and the redaction are read off the schema.
import { z } from 'zod';
import { Failure } from './failure.ts';
import { SecretString } from './secret-string.ts';

/** One field of a configuration, as forms and command lines need it. */
export interface ConfigField {
  name: string;
  title: string;
  description: string;
  /** `file`: a text that people keep in a file (a certificate, a private key). `list`: several texts. */
  type: 'text' | 'number' | 'yes-no' | 'list' | 'file' | 'choice';
  isSecret: boolean;
  /** Says where the secrets are sent: when it changes, they are to be given again. */
  isPlace: boolean;
  isRequired: boolean;
  choices: string[];
  /** What is taken when nothing is given. */
  default?: unknown;
}

/** A secret field. It reads a text and gives a SecretString; its value is stored sealed and never shown. */
export function secretText(title: string, description = ''): z.ZodType<SecretString, string> {
  return z
    .string()
    .min(1)
    .transform((value) => new SecretString(value))
    .meta({ title, description, secret: true });
}

/** A secret of several lines that people keep in a file, such as a private key in PEM: a form must not take its line ends away. */
export function secretFile(title: string, description = ''): z.ZodType<SecretString, string> {
  return secretText(title, description).meta({ title, description, secret: true, file: true });
}

/** A text that people keep in a file, such as a certificate in PEM: the command line takes the file's name. */
export function fileText(title: string, description = ''): z.ZodType<string, string> {
  return z.string().min(1).meta({ title, description, file: true });
}

/** Says of a schema what it is for, as `configFields` gives it. */
export function field<Schema extends z.ZodType>(schema: Schema, title: string, description = ''): Schema {
  return schema.meta({ title, description });
}

/** Marks a field, whose title is said already, as one of those that say where the secrets are sent. */
export function place<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), place: true });
}

/** The fields of an object schema, in its order. */
export function configFields(config: z.ZodType): ConfigField[] {
  const schema = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as JsonObject;
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    title: property.title ?? name,
    description: property.description ?? '',
    type: fieldType(property),
    isSecret: property.secret === true,
    isPlace: property.place === true,
    isRequired: required.has(name),
    choices: property.enum ?? [],
    ...(property.default === undefined ? {} : { default: property.default }),
  }));
}

/**
 * Reads a configuration: `values` holds plain texts, numbers and lists; the result holds SecretStrings where secrets are.
 * @throws Failure `config.invalid`, which names each wrong field and never its value.
 */
export function readConfig<Config>(config: z.ZodType<Config>, values: unknown): Config {
  const result = config.safeParse(values);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  throw new Failure('config.invalid', {
    message: `the settings cannot be used: ${faults.join('; ')}`,
    hint: 'Mend the fields that are named; --help lists them all.',
  });
}

/** A configuration in two parts: what may be read by anyone, and what is to be sealed. `joinSecrets` undoes it. */
export interface SplitConfig {
  plain: Record<string, unknown>;
  secrets: Record<string, string>;
}

/** Takes the SecretStrings out of a configuration's fields, for storing. */
export function splitSecrets(config: object): SplitConfig {
  const parts: SplitConfig = { plain: {}, secrets: {} };
  for (const [name, value] of Object.entries(config) as [string, unknown][]) {
    if (value instanceof SecretString) parts.secrets[name] = value.reveal();
    else if (value !== undefined) parts.plain[name] = value;
  }
  return parts;
}

/** Puts the two parts together again, for `readConfig`. */
export function joinSecrets(parts: SplitConfig): Record<string, unknown> {
  return { ...parts.plain, ...parts.secrets };
}

interface JsonProperty {
  type?: string;
  title?: string;
  description?: string;
  enum?: string[];
  default?: unknown;
  secret?: boolean;
  place?: boolean;
  file?: boolean;
}

interface JsonObject {
  properties?: Record<string, JsonProperty>;
  required?: string[];
}

function fieldType(property: JsonProperty): ConfigField['type'] {
  if (property.file === true) return 'file';
  if (property.enum !== undefined) return 'choice';
  if (property.type === 'array') return 'list';
  if (property.type === 'boolean') return 'yes-no';
  return property.type === 'number' || property.type === 'integer' ? 'number' : 'text';
}
