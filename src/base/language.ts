// The two languages of people who read us.

/** English or Brazilian Portuguese. */
export type Language = 'en' | 'pt';

/** A text in both languages. */
export type Bilingual = Record<Language, string>;

/** The language that LC_ALL, LC_MESSAGES or LANG ask for; English unless one starts with `pt`. */
export function languageOf(env: Record<string, string | undefined>): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return locale.toLowerCase().startsWith('pt') ? 'pt' : 'en';
}
