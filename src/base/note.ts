// What people should know of a run and need not mend, as a code and its facts: each reader gets it in their language.
import { isFailure } from './failure.ts';
import type { FailureTexts } from './failure-texts/failure-text.ts';
import type { Bilingual, Language } from './language.ts';
import { noteTexts } from './note-texts.ts';
import { formatBytes, formatCount, formatDuration } from './quantities.ts';

/** What a note says. Never changes. */
export type NoteCode = keyof typeof noteTexts;

type PlainFacts = Readonly<Record<string, string | number>>;

/** A failure that a note gives as its reason. */
export interface FailureReason {
  code: string;
  message: string;
  hint?: string | undefined;
}

/** Why something was so: words of a system or a program, a note of its own, or a failure. */
export type Reason = string | PlainNote | FailureReason;

/** Facts by name. Numbers read by their name: `bytes`, `…Ms`, and counts. */
export type NoteFacts = Readonly<Record<string, string | number | PlainNote | FailureReason>>;

/** Something worth knowing. */
export interface Note {
  code: NoteCode;
  facts: NoteFacts;
}

/** A note whose facts are words and numbers only, as a reason inside another one is. */
export interface PlainNote extends Note {
  facts: PlainFacts;
}

/** A note as it may have been kept: as text by earlier versions, with a code of its own by later ones. */
export type KeptNote =
  | string
  | { code: string; facts: Readonly<Record<string, string | number | KeptPlainNote | FailureReason>> };

interface KeptPlainNote {
  code: string;
  facts: PlainFacts;
}

/** The note `code` with its facts. */
export function note<Facts extends NoteFacts>(code: NoteCode, facts = {} as Facts): { code: NoteCode; facts: Facts } {
  return { code, facts };
}

/** An error as the reason that a note gives. */
export function reasonOf(error: unknown): Reason {
  if (!isFailure(error)) return error instanceof Error ? error.message : String(error);
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/**
 * The note in words. One of an earlier version stays as it is, one of a later version is told by its code. Without `failures` a
 * failure in it stays English.
 */
export function tellNote(kept: KeptNote, language: Language, failures: FailureTexts = {}): string {
  if (typeof kept === 'string') return kept;
  const known: Partial<Record<string, Bilingual>> = noteTexts;
  const text = known[kept.code]?.[language] ?? kept.code;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const fact = kept.facts[name] ?? '–';
    if (typeof fact !== 'object') return tellFact(name, fact, language);
    return 'facts' in fact ? tellNote(fact, language) : tellFailure(fact, language, failures);
  });
}

/** Several notes in one line. */
export function tellNotes(kept: readonly KeptNote[], language: Language): string {
  return kept.map((each) => tellNote(each, language)).join('; ');
}

const words: Record<string, Bilingual> = {
  before: { en: 'before', pt: 'antes' },
  after: { en: 'after', pt: 'depois' },
};

function tellFact(name: string, value: string | number, language: Language): string {
  if (typeof value === 'string') return name === 'when' ? (words[value]?.[language] ?? value) : value;
  const text = name === 'bytes' ? formatBytes(value) : name.endsWith('Ms') ? formatDuration(value) : formatCount(value);
  if (language === 'en') return text;
  return name === 'bytes' || name.endsWith('Ms') ? text.replace('.', ',') : text.replaceAll(',', '.');
}

/** A failure in one sentence or two. In Portuguese the English message stands behind: the names are in it only. */
export function tellFailure(
  { code, message, hint }: FailureReason,
  language: Language,
  failures: FailureTexts,
): string {
  const text = language === 'pt' ? failures[code] : undefined;
  if (text === undefined) return hint === undefined ? message : `${message} (${hint})`;
  return `${text.detail} ${text.hint} (${message})`;
}
