// What Orbit keeps in an entry beside what people see: custom data `orbit` (who the secret is) and the protected field
// `Orbit: exact values` (what KDBX cannot hold as it is). Both are JSON in ASCII, and read with suspicion.
import type { KdbxVersion } from '../../kdbx/kdbx-types.ts';

/** Where a secret of a kit comes from. */
export interface KdbxOrigin {
  /** Id of its secret source. */
  source?: string;
  /** A group around everything of that source, for files of several sources. It is not part of the record's groups. */
  under?: string;
}

/** The name of our custom data. */
export const customDataName = 'orbit';
/** The name of our field. */
export const exactName = 'Orbit: exact values';

/** A custom field as our JSON has it. */
export type FieldTuple = [name: string, value: string, isProtected: boolean];

/** Who the secret is. Times are milliseconds since 1970, and only here when a whole second does not say it. */
export interface Marks extends KdbxOrigin {
  id?: string;
  type?: string;
  changedAt?: number;
  createdAt?: number;
  expiresAt?: number;
}

/** Parts whose exact value differs from what the entry shows. */
export interface Exact {
  title?: string;
  username?: string;
  password?: string;
  url?: string;
  notes?: string;
  totp?: string;
  fields?: FieldTuple[];
  tags?: string[];
  groups?: string[];
  attachments?: string[];
}

/** JSON in ASCII, so that it stands in any document unchanged. */
export function asciiJson(value: unknown): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, escaped);
}

const textMarks = ['id', 'type', 'source', 'under'] as const;
const timeMarks = ['changedAt', 'createdAt', 'expiresAt'] as const;

/** Our custom data of an entry or version; empty for somebody else's. */
export function marksOf(version: KdbxVersion): Marks {
  const json = version.customData.find(({ name }) => name === customDataName)?.value;
  return json === undefined ? {} : marksIn(json);
}

/** The marks in our custom data. */
export function marksIn(json: string): Marks {
  const given = parsed(json);
  const marks: Marks = {};
  for (const name of textMarks) {
    const value = given[name];
    if (typeof value === 'string') marks[name] = value;
  }
  for (const name of timeMarks) {
    const value = given[name];
    if (typeof value === 'number') marks[name] = value;
  }
  return marks;
}

/** Our exact values of an entry or version. */
export function exactOf(version: KdbxVersion): Exact {
  const json = version.fields.find((field) => field.name === exactName)?.value;
  if (json === undefined) return {};
  const { fields, tags, groups, attachments, ...values } = parsed(json);
  const lists = Object.entries({ tags, groups, attachments }).filter(([, list]) => isTextList(list));
  return {
    ...texts(values),
    ...Object.fromEntries(lists),
    ...(isFieldList(fields) ? { fields } : {}),
  };
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Somebody edited it by hand: the entry then counts as it is shown.
    return {};
  }
}

function texts(values: Record<string, unknown>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (typeof value === 'string') found[name] = value;
  return found;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isFieldList(value: unknown): value is FieldTuple[] {
  if (!Array.isArray(value)) return false;
  return value.every(
    (item: unknown) =>
      Array.isArray(item) && typeof item[0] === 'string' && typeof item[1] === 'string' && typeof item[2] === 'boolean',
  );
}
