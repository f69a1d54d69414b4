// Schedules in plain words, English and Portuguese, read into cron expressions and told again from them.
import type { Language } from '../base/language.ts';

const weekdays = [
  ['sunday', 'domingo'],
  ['monday', 'segunda'],
  ['tuesday', 'terça'],
  ['wednesday', 'quarta'],
  ['thursday', 'quinta'],
  ['friday', 'sexta'],
  ['saturday', 'sábado'],
] as const;

/** The cron expression that these words mean; undefined when they are no such words (a cron expression is none). */
export function cronOfWords(words: string): string | undefined {
  const text = plain(words);
  const often = /^(?:every|a cada) (?:(\d{1,2}) )?(hours?|horas?|minutes?|minutos?)$/.exec(text);
  if (often !== null) return interval(Number(often[1] ?? 1), (often[2] ?? '').startsWith('h'));
  if (/^(hourly|de hora em hora|toda hora)$/.test(text)) return interval(1, true);
  const at = /^(.+?) (?:at|as|a) (\d{1,2})(?:(?::|h)(\d\d))?\s*h?$/.exec(text);
  if (at === null) return undefined;
  const [hour, minute] = [Number(at[2]), Number(at[3] ?? 0)];
  const days = daysOf(at[1] ?? '');
  if (days === undefined || hour > 24 || minute > 59 || (hour === 24 && minute > 0)) return undefined;
  return `${minute} ${hour % 24} ${days}`;
}

/** A cron expression in words, where words can say it; undefined for others. */
export function wordsOfCron(cron: string, language: Language): string | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = cron.trim().split(/\s+/);
  if (more.length > 0 || month !== '*') return undefined;
  const isEnglish = language === 'en';
  const each = /^\*\/(\d+)$/;
  if (day === '*' && weekday === '*') {
    const minutes = each.exec(minute)?.[1];
    if (minutes !== undefined && hour === '*')
      return isEnglish ? `every ${minutes} minutes` : `a cada ${minutes} minutos`;
    if (minute === '0' && hour === '*') return isEnglish ? 'every hour' : 'a cada hora';
    const hours = each.exec(hour)?.[1];
    if (minute === '0' && hours !== undefined) return isEnglish ? `every ${hours} hours` : `a cada ${hours} horas`;
  }
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour)) return undefined;
  const days = wordsOfDays(day, weekday, isEnglish);
  if (days === undefined) return undefined;
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  return isEnglish ? `${days} at ${time}` : `${days} às ${time}`;
}

// Without accents, capitals and doubled blanks: `Terças às 5` is `tercas as 5`.
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

function interval(count: number, isHours: boolean): string | undefined {
  // Cron begins anew at each hour or day: what does not divide it would leave a short pause there.
  if (count < 1 || (isHours ? 24 % count : 60 % count) !== 0 || (isHours && count === 24)) return undefined;
  if (isHours) return count === 1 ? '0 * * * *' : `0 */${count} * * *`;
  return count === 60 ? '0 * * * *' : `*/${count} * * * *`;
}

function daysOf(text: string): string | undefined {
  if (/^(every day|daily|todo dia|todos os dias|diariamente)$/.test(text)) return '* * *';
  if (/^(every )?(weekdays?|working days)$|^(nos )?dias uteis$/.test(text)) return '* * 1-5';
  if (/^(every )?weekends?$|^(nos )?fins? de semana$/.test(text)) return '* * 0,6';
  const month = /^(?:every month|monthly|todo mes|mensalmente)(?: on| no)? (?:day|dia) (\d{1,2})$/.exec(text)?.[1];
  if (month !== undefined) return Number(month) >= 1 && Number(month) <= 28 ? `${Number(month)} * *` : undefined;
  const names = text
    .replace(/^(every|on|toda|todo|todas as|todos os|nas|aos|as) /, '')
    .split(/,\s*(?:and |e )?| and | e /);
  const found = names.map((name) =>
    weekdays.findIndex((each) =>
      each.map(plain).some((known) => [known, `${known}s`, `${known}-feira`, `${known}s-feiras`].includes(name)),
    ),
  );
  return found.includes(-1) ? undefined : `* * ${[...new Set(found)].sort((a, b) => a - b).join(',')}`;
}

function wordsOfDays(day: string, weekday: string, isEnglish: boolean): string | undefined {
  if (day !== '*') {
    if (!/^\d+$/.test(day) || weekday !== '*') return undefined;
    return isEnglish ? `every month on day ${day}` : `todo mês no dia ${day}`;
  }
  if (weekday === '*') return isEnglish ? 'every day' : 'todo dia';
  if (weekday === '1-5') return isEnglish ? 'weekdays' : 'dias úteis';
  if (weekday === '0,6') return isEnglish ? 'weekends' : 'fins de semana';
  if (!/^[0-6](,[0-6])*$/.test(weekday)) return undefined;
  const names = weekday.split(',').map((number) => weekdays[Number(number)]?.[isEnglish ? 0 : 1] ?? '');
  const list = new Intl.ListFormat(isEnglish ? 'en-GB' : 'pt', { type: 'conjunction' });
  return list.format(names.map((name) => `${name}s`));
}
