// Where programs put recordings and what their paths tell: templates such as `{year}/{month}{day}/{sessionId}.*`.
import { Failure } from '../../base/failure.ts';
import { known, type RecordingFacts, textFact } from '../formats/facts.ts';

/** Facts that a path or a side file can tell. */
export const factNames = ['user', 'origin', 'target', 'account', 'protocol', 'sessionId', 'title'] as const;

/** One of them. */
export type FactName = (typeof factNames)[number];

/** A file beside a recording that tells of it. */
export interface SideFile {
  /** Below the recording's folder; may hold `{stem}`, `{name}`, what the path told, and `../` twice. */
  path: string;
  /** For a list of many recordings: the column or key whose value is the recording's file name, stem or session id. */
  key?: string;
  /** Which of its keys is which fact, dots go deeper; without it, what such keys are usually called. */
  fields?: Partial<Record<FactName | 'startedAt' | 'endedAt' | 'durationSeconds' | 'tags', string>>;
}

/** How one program lays out its recordings. */
export interface Layout {
  name: string;
  /** Matched with the end of a recording's path. Absent: any path. */
  path?: string;
  side?: SideFile[];
}

/** What a path told. `parts` holds every placeholder as it was written. */
export interface PathFacts {
  facts: RecordingFacts;
  parts: Record<string, string>;
}

const digits: Record<string, string> = {
  year: '\\d{4}',
  month: '\\d{2}',
  day: '\\d{2}',
  hour: '\\d{2}',
  minute: '\\d{2}',
  second: '\\d{2}',
  uuid: '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
};

const compiled = new Map<string, RegExp>();

/** A template as a pattern. @throws Failure `recordings.bad-layout` */
export function pathPattern(template: string): RegExp {
  const found = compiled.get(template);
  if (found !== undefined) return found;
  const seen = new Set<string>();
  const source = template.replace(/\{(\w+)\}|\*|[.+?^$()[\]{}|\\]/g, (token, name: string | undefined) => {
    if (token === '*') return '[^/]*';
    if (name === undefined) return `\\${token}`;
    if (!(name in digits) && !(factNames as readonly string[]).includes(name)) throw badLayout(template, `{${name}}`);
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${digits[name] ?? '[^/]+?'})`;
  });
  const pattern = new RegExp(`(?:^|/)${source}$`);
  compiled.set(template, pattern);
  return pattern;
}

/** What a layout's template reads from a path; undefined when it does not fit. */
export function readPath(layout: Layout, path: string): PathFacts | undefined {
  if (layout.path === undefined) return { facts: {}, parts: {} };
  const groups = pathPattern(layout.path).exec(path.slice(-1000))?.groups;
  if (groups === undefined) return undefined;
  const parts = Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined));
  const facts = Object.fromEntries(factNames.map((name) => [name, textFact(parts[name])]));
  return { parts, facts: known({ ...facts, startedAt: timeOf(parts) }) };
}

// What a path calls a day is the server's own day; without an hour it says too little for a start.
function timeOf(parts: Record<string, string>): Date | undefined {
  const { year, month, day, hour, minute = '00', second = '00' } = parts;
  if (year === undefined || month === undefined || day === undefined || hour === undefined) return undefined;
  const time = new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** A side file's path for one recording, below its folder. */
export function sidePath(side: SideFile, fileName: string, parts: Record<string, string>): string {
  const plain = fileName.replace(/\.gz$/i, '');
  const stem = plain.replace(/\.(replay|cast|part)?\.?[^.]*$/i, '') || plain;
  return side.path.replace(/\{(\w+)\}/g, (token, name: string) =>
    name === 'stem' ? stem : name === 'name' ? fileName : (parts[name] ?? token),
  );
}

function badLayout(template: string, part: string): Failure {
  return new Failure('recordings.bad-layout', {
    message: `the path template '${template}' has ${part}, which is no part of a path`,
    hint: `Placeholders are: ${[...Object.keys(digits), ...factNames].map((name) => `{${name}}`).join(' ')}; * stands for anything but a slash.`,
  });
}
