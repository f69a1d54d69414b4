// Everything the page says, in English and Brazilian Portuguese. Sentences with parts are functions.
import { english } from './texts-en.ts';
import { portuguese } from './texts-pt.ts';

/** Languages of the page. */
export type Language = 'en' | 'pt';

/** Every text of the page. */
export type Texts = typeof english;

/** The texts of a language. */
export function textsOf(language: Language): Texts {
  return language === 'pt' ? portuguese : english;
}

/** The language to begin with: what the browser asks for. */
export function firstLanguage(languages: readonly string[]): Language {
  const known = languages.map((name) => name.toLowerCase().slice(0, 2)).find((name) => name === 'pt' || name === 'en');
  return known === 'pt' ? 'pt' : 'en';
}

/** How a language writes numbers and dates. */
export interface Formats {
  number(value: number): string;
  date(value: Date): string;
  dateTime(value: Date): string;
  ago(value: Date): string;
  bytes(value: number): string;
}

const madeFormats = new Map<Language, Formats>();

/** Numbers and dates as the language writes them. Made once: a list asks for every row, and making them is slow. */
export function formats(language: Language): Formats {
  const made = madeFormats.get(language) ?? makeFormats(language);
  madeFormats.set(language, made);
  return made;
}

function makeFormats(language: Language): Formats {
  const locale = language === 'pt' ? 'pt-BR' : 'en-GB';
  const number = new Intl.NumberFormat(locale);
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return {
    number: (value) => number.format(value),
    date: (value) => date.format(value),
    dateTime: (value) => dateTime.format(value),
    ago(value) {
      const hours = (value.getTime() - Date.now()) / 3_600_000;
      if (Math.abs(hours) < 1) return relative.format(Math.round(hours * 60), 'minute');
      if (Math.abs(hours) < 48) return relative.format(Math.round(hours), 'hour');
      return relative.format(Math.round(hours / 24), 'day');
    },
    bytes(value) {
      const unit = value < 1024 ? 'byte' : value < 1024 * 1024 ? 'kilobyte' : 'megabyte';
      const size = value / { byte: 1, kilobyte: 1024, megabyte: 1024 * 1024 }[unit];
      return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(size);
    },
  };
}
