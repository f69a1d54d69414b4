// The words of our mails, in English and Portuguese. Pure.
import { type OrbitEvent, eventKind, tellEvent, tellFact } from '../../base/event.ts';
import type { Language } from '../../base/language.ts';
import type { Severity } from '../../base/events/event-kind.ts';
import type { FactName } from '../../base/events/facts.ts';
import type { ChannelContext } from '../channel.ts';

/** Subject and body of a mail. */
export interface MailText {
  subject: string;
  text: string;
}

const words = {
  en: {
    what: 'What happened',
    since: 'Since when',
    todo: 'What to do',
    details: 'Details',
    event: 'Event',
    severity: 'Severity',
    machine: 'Machine',
    at: 'Reported at',
    digest: (count: number) => (count === 1 ? '1 success' : `${count} successes`),
    digestIntro: 'What went well since the last digest. Anything that did not was told at once, in a mail of its own.',
  },
  pt: {
    what: 'O que aconteceu',
    since: 'Desde quando',
    todo: 'O que fazer',
    details: 'Detalhes',
    event: 'Evento',
    severity: 'Severidade',
    machine: 'Máquina',
    at: 'Informado em',
    digest: (count: number) => (count === 1 ? '1 sucesso' : `${count} sucessos`),
    digestIntro: 'O que deu certo desde o último resumo. O que não deu foi avisado na hora, em mensagem própria.',
  },
};

const severityWords: Record<Severity, Record<Language, string>> = {
  emergency: { en: 'EMERGENCY', pt: 'EMERGÊNCIA' },
  alert: { en: 'ALERT', pt: 'ALERTA' },
  critical: { en: 'CRITICAL', pt: 'CRÍTICO' },
  error: { en: 'ERROR', pt: 'ERRO' },
  warning: { en: 'warning', pt: 'aviso' },
  notice: { en: 'notice', pt: 'informe' },
  info: { en: 'information', pt: 'informação' },
  debug: { en: 'debug', pt: 'depuração' },
};

/** What a mail's subject names besides the title: the first of these that the event has. */
const namedInSubject: FactName[] = ['destination', 'source', 'channel', 'custodian', 'job', 'host', 'path', 'user'];

/** The mail for one event: what happened, since when, what to do, then every fact. */
export function eventMail(event: OrbitEvent, language: Language, context: Pick<ChannelContext, 'hostName'>): MailText {
  const say = words[language];
  const told = tellEvent(event, language);
  const named = namedInSubject.map((name) => event.facts[name]).find((value) => value !== undefined);
  const since = event.facts.since ?? event.at.toISOString();
  const section = (title: string, lines: string[]): string => [title, ...lines.map((line) => `  ${line}`)].join('\n');
  const facts = (Object.entries(event.facts) as [FactName, string | number | boolean][]).map(
    ([name, value]) => `${name}: ${oneLine(tellFact(name, value, language))}`,
  );
  const text = [
    section(say.what, told.told.split(/\r?\n/)),
    section(say.since, [tellFact('since', since, language)]),
    ...(told.advice === undefined ? [] : [section(say.todo, [told.advice])]),
    section(say.details, [
      `${say.machine}: ${context.hostName}`,
      `${say.severity}: ${severityWords[event.severity][language]}`,
      `${say.event}: ${event.id} (${eventKind(event.id).number})`,
      `${say.at}: ${tellFact('since', event.at.toISOString(), language)}`,
      ...facts,
    ]),
  ].join('\n\n');
  const subject = `[Orbit ${context.hostName}] ${severityWords[event.severity][language]}: ${told.title}`;
  return { subject: named === undefined ? subject : `${subject}: ${oneLine(String(named))}`, text: `${text}\n` };
}

/** The mail that tells many pieces of good news at once, oldest first. */
export function digestMail(
  events: readonly OrbitEvent[],
  language: Language,
  context: Pick<ChannelContext, 'hostName'>,
): MailText {
  const say = words[language];
  const lines = events.map(
    (event) => `${tellFact('since', event.at.toISOString(), language)}  ${oneLine(tellEvent(event, language).told)}`,
  );
  return {
    subject: `[Orbit ${context.hostName}] ${say.digest(events.length)}`,
    text: `${say.digestIntro}\n\n${lines.join('\n')}\n`,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
