// Could we recover right now? As Home of the console says it, for the terminal.
import type { CopyHealthView, OpenProblem, Overview } from '../api/schemas/overview.ts';
import { failuresInPortuguese } from '../base/failure-texts/portuguese-failures.ts';
import type { Bilingual, Language } from '../base/language.ts';
import { tellFailure, tellNotes } from '../base/note.ts';
import { formatBytes, formatCount, formatDuration, formatMinute } from '../base/quantities.ts';
import { gapLines } from './gap-lines.ts';
import { table } from './output.ts';

const verdicts: Record<Overview['verdict'], Bilingual> = {
  yes: {
    en: 'Yes: everything could be recovered. Every kind has a good copy away from this machine.',
    pt: 'Sim: tudo pode ser recuperado. Cada tipo tem uma cópia boa fora desta máquina.',
  },
  'yes-here': {
    en: 'Yes, as long as this machine survives: all good copies lie on it.',
    pt: 'Sim, enquanto esta máquina sobreviver: todas as cópias boas estão nela.',
  },
  partly: {
    en: 'Not everything could be recovered: a copy is missing, out of reach or older than it should be.',
    pt: 'Nem tudo pode ser recuperado: falta uma cópia, ou ela está fora de alcance, ou é velha demais.',
  },
  no: {
    en: 'No: nothing could be recovered.',
    pt: 'Não: nada pode ser recuperado.',
  },
};

const copyStates: Record<CopyHealthView['state'], Bilingual> = {
  good: { en: 'good', pt: 'boa' },
  late: { en: 'TOO OLD', pt: 'VELHA DEMAIS' },
  never: { en: 'NONE YET', pt: 'NENHUMA' },
};

const problems: Record<OpenProblem['what'], Bilingual> = {
  'destination-lost': { en: '{subject} cannot be reached', pt: '{subject} está fora de alcance' },
  'destination-degraded': { en: '{subject} works with a worry', pt: '{subject} funciona com ressalvas' },
  'run-failed': {
    en: 'the last run of {job} to {subject} failed',
    pt: 'a última execução de {job} para {subject} falhou',
  },
  'run-partial': {
    en: 'the last backup of {job} at {subject} lacks some files',
    pt: 'faltam arquivos no último backup de {job} em {subject}',
  },
  'copy-late': {
    en: 'the copy of {job} at {subject} is too old',
    pt: 'a cópia de {job} em {subject} está velha demais',
  },
  'channel-failing': {
    en: 'the alert channel {subject} delivers nothing',
    pt: 'o canal de alerta {subject} não entrega nada',
  },
};

// The run failed before any destination was reached.
const wholeRunFailed: Bilingual = { en: 'the last run of {job} failed', pt: 'a última execução de {job} falhou' };

/** The answer, the copies, what is wrong and what is not protected yet. `isServed`: the service was seen alive. */
export function statusLines(overview: Overview, isServed: boolean, language: Language): string[] {
  const say = (en: string, pt: string): string => (language === 'en' ? en : pt);
  const { verdict, recoverableTo, gaps } = overview;
  const lines = [verdicts[verdict][language]];
  if (recoverableTo !== undefined)
    lines.push(`${say('Everything as of', 'Tudo como estava em')} ${formatMinute(recoverableTo)} UTC`);
  lines.push('', ...copyLines(overview, language));
  const wrong = overview.problems.flatMap((problem) => problemLines(problem, overview.now, language));
  if (!isServed)
    wrong.push(
      say(
        '  ✗ the service does not run: no backup starts by itself, and nobody is told anything',
        '  ✗ o serviço não está em execução: nenhum backup começa sozinho, e ninguém é avisado',
      ),
      '      orbit serve, systemctl start orbit',
    );
  if (wrong.length > 0) lines.push('', say('Wrong now', 'Errado agora'), ...wrong);
  if (gaps.length > 0) lines.push('', say('Not yet protected', 'Ainda não protegido'), ...gapLines(gaps, language));
  return lines;
}

function copyLines({ jobs, now }: Overview, language: Language): string[] {
  const say = (en: string, pt: string): string => (language === 'en' ? en : pt);
  const head = [
    say('JOB', 'TAREFA'),
    say('DESTINATION', 'DESTINO'),
    say('COPY', 'CÓPIA'),
    say('AGE', 'IDADE'),
    say('HOLDS', 'CONTÉM'),
    say('DRILLED', 'ENSAIADA'),
    say('NEXT RUN (UTC)', 'PRÓXIMA (UTC)'),
  ];
  const rows = jobs.flatMap(({ job, enabled, isRunning, next, copies }): string[][] => {
    if (!enabled) return [[job, '–', say('off', 'desligada'), '', '', '', '']];
    const coming = isRunning ? say('running', 'em andamento') : next === undefined ? '' : formatMinute(next);
    if (copies.length === 0) return [[job, '–', say('none', 'nenhuma'), '', '', '', coming]];
    return copies.map((copy) => [
      job,
      copy.destination,
      copyStates[copy.state][language],
      copy.goodAt === undefined ? '' : ageOf(copy.goodAt, now),
      copy.items === undefined ? '' : `${formatCount(copy.items)}, ${formatBytes(copy.bytes ?? 0)}`,
      copy.drilledAt === undefined ? say('never', 'nunca') : copy.drilledAt.slice(0, 10),
      coming,
    ]);
  });
  return table(head, rows);
}

function problemLines(
  { what, subject, job = '', since, failure, worries }: OpenProblem,
  now: string,
  language: Language,
): string[] {
  const sentence = what === 'run-failed' && job === subject ? wholeRunFailed : problems[what];
  const text = sentence[language].replace('{job}', job).replace('{subject}', subject);
  const duration = since === undefined ? '' : `, ${language === 'en' ? 'for' : 'há'} ${ageOf(since, now)}`;
  const why =
    failure !== undefined
      ? tellFailure(failure, language, failuresInPortuguese)
      : worries === undefined
        ? ''
        : tellNotes(worries, language);
  return [`  ✗ ${text}${duration}`, ...(why === '' ? [] : [`      ${why}`])];
}

// Days say more than many hours.
function ageOf(since: string, now: string): string {
  const ms = Math.max(0, Date.parse(now) - Date.parse(since));
  const days = Math.floor(ms / dayMs);
  return days >= 2 ? `${formatCount(days)} d` : formatDuration(ms);
}

const dayMs = 24 * 60 * 60_000;
