// The two languages, and numbers, times and sizes as their readers write them.
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Language } from '../../../src/base/language.ts';
import { en } from '../texts/en.ts';
import type * as portugueseTexts from '../texts/portuguese.ts';

/** The languages of the console. */
export const languages = [
  { code: 'en', name: 'English' },
  { code: 'pt', name: 'Português' },
] as const;

// Portuguese is fetched when it is wanted: whoever reads English does not wait for it.
type Portuguese = typeof portugueseTexts;
let portuguese: Portuguese | undefined;

/** A title or explanation of a form field in Portuguese; undefined while that is not loaded. */
export function fieldInPortuguese(english: string): string | undefined {
  return portuguese?.fieldsInPortuguese[english];
}

/** Failures in this language by their code: none where the service says them in it, or while they are not loaded. */
export function failuresOf(language: Language): Portuguese['failuresInPortuguese'] {
  return (language === 'pt' ? portuguese?.failuresInPortuguese : undefined) ?? {};
}

async function loadLanguage(code: string): Promise<void> {
  if (code !== 'pt' || portuguese !== undefined) return;
  portuguese = await import('../texts/portuguese.ts');
  i18next.addResourceBundle('pt', 'translation', portuguese.pt);
}

/** Starts with the language that was chosen last, else the browser's. */
export async function startTexts(): Promise<void> {
  const chosen = localStorage.getItem('orbit-language') ?? navigator.language;
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: 'en',
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
  const code = chosen.toLowerCase().startsWith('pt') ? 'pt' : 'en';
  await loadLanguage(code);
  if (code !== 'en') await i18next.changeLanguage(code);
  document.documentElement.lang = htmlLanguage();
}

/** Changes the language, for now and next time. */
export async function chooseLanguage(code: string): Promise<void> {
  localStorage.setItem('orbit-language', code);
  await loadLanguage(code);
  await i18next.changeLanguage(code);
  document.documentElement.lang = htmlLanguage();
}

function htmlLanguage(): string {
  return i18next.language === 'pt' ? 'pt-BR' : 'en';
}

/** Texts, and everything that reads differently in the two languages. */
export function useTexts() {
  const { t, i18n } = useTranslation();
  const locale = i18n.language === 'pt' ? 'pt-BR' : 'en-GB';
  return {
    t,
    language: i18n.language === 'pt' ? ('pt' as const) : ('en' as const),
    ...formats(locale, t('common.now')),
  };
}

function formats(locale: string, now: string) {
  // `27 Nov 2026`, which nobody takes for another day; in Brazil `27/11/2026` is as clear, and `27 de nov. de 2026` too long for a phone.
  const dateStyle = locale === 'pt-BR' ? 'short' : 'medium';
  const number = (value: number, digits = 0): string =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  return {
    number,
    bytes(value: number): string {
      const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
      let unit = 0;
      let rest = value;
      for (; rest >= 1024 && unit < units.length - 1; unit += 1) rest /= 1024;
      return `${number(rest, unit === 0 || rest >= 100 ? 0 : 1)} ${units[unit]}`;
    },
    /** `3 hours`, `2 days`: one unit, rounded. */
    age(ms: number): string {
      const [value, unit] = inOneUnit(ms);
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: 'long',
        maximumFractionDigits: 0,
      }).format(value);
    },
    /** `4 min 05 s`, `12.3 s`. */
    duration(ms: number): string {
      if (ms < 1000) return `${number(ms)} ms`;
      if (ms < 60_000) return `${number(ms / 1000, ms < 10_000 ? 1 : 0)} s`;
      const minutes = Math.floor(ms / 60_000);
      const pad = (value: number): string => String(value).padStart(2, '0');
      if (minutes < 60) return `${minutes} min ${pad(Math.floor((ms % 60_000) / 1000))} s`;
      return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
    },
    /** `3 hours ago`, `in 2 days`. */
    relative(iso: string): string {
      const ms = Date.parse(iso) - Date.now();
      if (Math.abs(ms) < 45_000) return now;
      const [value, unit] = inOneUnit(Math.abs(ms));
      return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(ms < 0 ? -value : value, unit);
    },
    moment: (iso: string): string =>
      new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'short' }).format(new Date(iso)),
    time: (iso: string): string => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(new Date(iso)),
    hour: (iso: string): string => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(new Date(iso)),
    date: (iso: string): string => new Intl.DateTimeFormat(locale, { dateStyle }).format(new Date(iso)),
    day: (iso: string): string =>
      new Intl.DateTimeFormat(locale, {
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
      }).format(new Date(iso)),
    weekday: (day: number): string =>
      // 2026-11-22 was a Sunday.
      new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(
        new Date(Date.UTC(2026, 10, 22 + day)),
      ),
    list: (values: readonly string[]): string => new Intl.ListFormat(locale, { type: 'conjunction' }).format(values),
  };
}

function inOneUnit(ms: number): [number, 'minute' | 'hour' | 'day'] {
  const minutes = ms / 60_000;
  if (minutes < 60) return [Math.max(1, Math.round(minutes)), 'minute'];
  const hours = minutes / 60;
  return hours < 36 ? [Math.round(hours), 'hour'] : [Math.round(hours / 24), 'day'];
}
