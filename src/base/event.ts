// Events: what happened, told to people and SIEMs. The catalogue gives each a stable id, a number, a severity and its facts;
// an event of an unknown id, or with a fact missing, does not compile.
import { type EventKind, type EventText, type Severity, severities } from './events/event-kind.ts';
import { type FactName, type FactType, type FactValue, eventFacts } from './events/facts.ts';
import { machineEvents } from './events/machine-events.ts';
import { peopleEvents } from './events/people-events.ts';
import { placeEvents } from './events/place-events.ts';
import { recordingEvents } from './events/recording-events.ts';
import { recoveryEvents } from './events/recovery-events.ts';
import { runEvents } from './events/run-events.ts';
import { failuresInPortuguese } from './failure-texts/portuguese-failures.ts';
import type { Language } from './language.ts';
import { formatBytes, formatCount, formatDuration } from './quantities.ts';

/** Every event there is, by its id. docs/events.md is the same table for people. */
export const eventCatalog = {
  ...runEvents,
  ...placeEvents,
  ...recoveryEvents,
  ...machineEvents,
  ...peopleEvents,
  ...recordingEvents,
};

/** Dotted name of an event, such as `destination.lost`. Never changes. */
export type EventId = keyof typeof eventCatalog;

type Optional<Id extends EventId> = (typeof eventCatalog)[Id] extends { optional: readonly (infer Name)[] }
  ? Name & FactName
  : never;

/** The facts that an event needs, and those it may have besides. */
export type EventFacts<Id extends EventId> = {
  [Name in (typeof eventCatalog)[Id]['facts'][number]]: FactValue<Name>;
} & { [Name in Optional<Id>]?: FactValue<Name> | undefined };

/** Something that happened. Made by `orbitEvent`; plain data, safe to store and send: no fact is a secret. */
export interface OrbitEvent {
  id: EventId;
  at: Date;
  severity: Severity;
  /** What happened, in one English sentence. `tellEvent` gives the same in Portuguese. */
  message: string;
  facts: Partial<Record<FactName, string | number | boolean>>;
}

/** Where rooms report events; the app connects it to the channels. Never throws, never waits for the network. */
export type ReportEvent = (event: OrbitEvent) => void;

/** What the catalogue says of an event. */
export function eventKind(id: EventId): EventKind {
  return eventCatalog[id];
}

/** True when the text is the id of an event. */
export function isEventId(text: string): text is EventId {
  return Object.hasOwn(eventCatalog, text);
}

/** The event `id` with its facts, at `at`. */
export function orbitEvent<Id extends EventId>(id: Id, facts: EventFacts<Id>, at: Date): OrbitEvent {
  const plain: OrbitEvent['facts'] = {};
  for (const [name, value] of Object.entries(facts) as [FactName, string | number | boolean | Date | undefined][]) {
    if (value !== undefined) plain[name] = value instanceof Date ? value.toISOString() : value;
  }
  const event = { id, at, severity: eventKind(id).severity, message: '', facts: plain };
  return { ...event, message: tellEvent(event, 'en').told };
}

/** Syslog's number of a severity: 0 emergency … 7 debug (RFC 5424 section 6.2.1). */
export function severityNumber(severity: Severity): number {
  return severities.indexOf(severity);
}

/** CEF's number of a severity: 10 worst … 1 (the dictionary's bands: 0–3 low, 4–6 medium, 7–8 high, 9–10 very high). */
export function cefSeverity(severity: Severity): number {
  return cefNumbers[severityNumber(severity)] ?? 0;
}

const cefNumbers = [10, 9, 8, 7, 5, 3, 2, 1];

/** The event in words: title, what happened with its facts, and what to do. In Portuguese a failure is told in Portuguese, with the English message behind it. */
export function tellEvent(event: Pick<OrbitEvent, 'id' | 'facts'>, language: Language): EventText {
  const { adviceFor, ...text } = eventKind(event.id)[language];
  const { code, reason } = event.facts;
  const advice = adviceFor?.[String(code).split('.')[0] ?? ''] ?? text.advice;
  const known = language === 'pt' && reason !== undefined ? failuresInPortuguese[String(code)] : undefined;
  const facts =
    known === undefined ? event.facts : { ...event.facts, reason: `${known.detail.replace(/\.$/, '')} (${reason})` };
  return {
    ...text,
    told: fillIn(text.told, facts, language),
    ...(advice === undefined ? {} : { advice }),
  };
}

/** One fact as people read it: `1.5 MiB`, `4 min 05 s`, `2026-11-23 05:00:07 UTC`. */
export function tellFact(name: FactName, value: string | number | boolean, language: Language): string {
  const told = factTexts[eventFacts[name].type](value, language);
  return name === 'kind' && language === 'pt' ? (kindsInPortuguese[told] ?? told) : told;
}

const kindsInPortuguese: Record<string, string> = {
  secrets: 'segredos',
  system: 'sistema',
  recordings: 'gravações',
};

const decimal = (text: string, language: Language): string => (language === 'pt' ? text.replace('.', ',') : text);

const factTexts: Record<FactType, (value: string | number | boolean, language: Language) => string> = {
  text: String,
  count: (value, language) => {
    const text = formatCount(Number(value));
    return language === 'pt' ? text.replaceAll(',', '.') : text;
  },
  bytes: (value, language) => decimal(formatBytes(Number(value)), language),
  milliseconds: (value, language) =>
    `${Number(value) < 0 ? '-' : ''}${decimal(formatDuration(Math.abs(Number(value))), language)}`,
  percent: (value, language) => decimal(`${Math.round(Number(value) * 10) / 10} %`, language),
  time: (value) => String(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 UTC'),
  'yes-no': (value, language) => (language === 'pt' ? (value === true ? 'sim' : 'não') : value === true ? 'yes' : 'no'),
};

// `[ … {fact} … ]` is left out whole when one of its facts is absent.
// A fact that every event of its kind has says `-` where there is nothing to name, such as the destination of a run that reached none.
function isMissing(value: string | number | boolean | undefined): boolean {
  return value === undefined || value === '-';
}

function fillIn(template: string, facts: OrbitEvent['facts'], language: Language): string {
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, name: FactName) => {
      const value = facts[name];
      return value === undefined ? '–' : tellFact(name, value, language);
    });
  return template
    .split(/(\[[^\]]*\])/)
    .map((part) => {
      if (!part.startsWith('[')) return fill(part);
      const names = [...part.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as FactName);
      return names.every((name) => !isMissing(facts[name])) ? fill(part.slice(1, -1)) : '';
    })
    .join('');
}
