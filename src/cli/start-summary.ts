// What the first start says when it is done: protected, where, how to open it, and what is not yet protected.
import type { Gap } from '../api/schemas/overview.ts';
import type { Bilingual, Language } from '../base/language.ts';
import { formatCount } from '../base/quantities.ts';
import type { Run } from '../jobs/run.ts';
import { gapLines } from './gap-lines.ts';

/** The facts of a first start. */
export interface StartFacts {
  runs: Run[];
  /** Where the copies lie, in words. */
  destinations: { name: string; location: string }[];
  /** What is not protected, or not told, yet. */
  gaps: Gap[];
}

const say = {
  protected: { en: 'Protected', pt: 'Protegido' },
  where: { en: 'Where', pt: 'Onde' },
  open: { en: 'Open it without Orbit', pt: 'Abrir sem o Orbit' },
  notYet: { en: 'Not yet protected', pt: 'Ainda não protegido' },
  secrets: { en: 'secrets', pt: 'segredos' },
  files: { en: 'files', pt: 'arquivos' },
  kit: { en: 'kit', pt: 'kit' },
  snapshot: { en: 'snapshot', pt: 'snapshot' },
  unchanged: { en: 'unchanged since the last run', pt: 'sem mudança desde a última execução' },
  steps: {
    en: 'README.txt there tells every step with age, KeePassXC and restic only. In short:',
    pt: 'O README.txt de lá traz cada passo, só com age, KeePassXC e restic. Em resumo:',
  },
  omitted: { en: 'files that could not be read', pt: 'arquivos que não puderam ser lidos' },
  failed: { en: 'the run failed', pt: 'a execução falhou' },
} satisfies Record<string, Bilingual>;

/** The summary as lines for the terminal. */
export function startSummary(facts: StartFacts, language: Language): string[] {
  const text = (key: keyof typeof say): string => say[key][language];
  return [
    text('protected'),
    ...protectedLines(facts, language),
    '',
    text('where'),
    ...facts.destinations.map(({ name, location }) => `  ${name}: ${location}`),
    '',
    text('open'),
    `  ${text('steps')}`,
    ...facts.destinations.slice(0, 1).flatMap(({ location }) => openingSteps(location, facts.runs)),
    '',
    text('notYet'),
    ...gapLines(facts.gaps, language),
    ...troubleLines(facts, language),
  ];
}

function protectedLines({ runs }: StartFacts, language: Language): string[] {
  return runs.flatMap((run) =>
    run.results
      .filter((result) => result.summary !== undefined)
      .map(({ destination, summary }) => {
        const noun = say[run.kind === 'secrets' ? 'secrets' : 'files'][language];
        const made = `${say[run.kind === 'secrets' ? 'kit' : 'snapshot'][language]} ${summary?.made ?? say.unchanged[language]}`;
        return `  ${run.job} → ${destination}: ${formatCount(summary?.items ?? 0)} ${noun}, ${made}`;
      }),
  );
}

function openingSteps(location: string, runs: Run[]): string[] {
  const made = runs.find((run) => run.kind === 'secrets')?.results.find((result) => result.summary?.made)
    ?.summary?.made;
  const kit = made ?? 'secrets/NEWEST';
  return [
    `    cd ${location}`,
    `    age -d -i recovery-key.age -o /dev/shm/secrets.keyx ${kit}/secrets.keyx.age`,
    `    keepassxc-cli open --no-password -k /dev/shm/secrets.keyx ${kit}/secrets.kdbx`,
    '    age -d -i recovery-key.age -o /dev/shm/system.password system.password.age',
    '    restic -r system --password-file /dev/shm/system.password restore latest --target /restored',
  ];
}

function troubleLines({ runs }: StartFacts, language: Language): string[] {
  return runs.flatMap((run) => {
    const omitted = Math.max(0, ...run.results.map((result) => result.summary?.omitted ?? 0));
    return [
      ...(omitted > 0 ? [`  – ${run.job}: ${formatCount(omitted)} ${say.omitted[language]}`] : []),
      ...(run.outcome === 'failed' ? [`  – ${run.job}: ${say.failed[language]}`] : []),
    ];
  });
}
