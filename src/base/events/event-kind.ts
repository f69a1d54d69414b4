// What the catalogue says of one event.
import type { FactName } from './facts.ts';

/** RFC 5424 section 6.2.1, most severe first; the position is the number. */
export const severities = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const;

/** How bad it is, by syslog's words. */
export type Severity = (typeof severities)[number];

/** The event in one language. `{fact}` in `told` becomes the fact; an absent one leaves its `[…{fact}…]` out. */
export interface EventText {
  title: string;
  told: string;
  /** What to do. Absent where nothing needs doing. */
  advice?: string;
  /** What to do instead when the failure's code begins with this word: what is at fault differs by it. */
  adviceFor?: Readonly<Record<string, string>>;
}

/** One event of the catalogue. */
export interface EventKind {
  /** Never changes. Numbers below 9000 and dotted ones are the documented system's; ours are 9xxx. */
  number: string;
  severity: Severity;
  facts: readonly FactName[];
  optional?: readonly FactName[];
  en: EventText;
  pt: EventText;
  /** CEF keys with a fixed value, as the documented system sends them. */
  cef?: Readonly<Record<string, string>>;
  /** CEF keys that repeat a fact under the documented system's other name for it. */
  cefCopies?: Readonly<Record<string, FactName>>;
  /** The number under which the documented system would have reported this matter: alert or incident. */
  reportedAs?: '336.500' | '336.501';
}
