// What the first start says when it is done: protected, where, how to open it, and what is not yet protected.
import type { Bilingual, Language } from '../base/language.ts';
import { formatCount } from '../base/quantities.ts';
import type { Run } from '../jobs/run.ts';

/** The facts of a first start. */
export interface StartFacts {
  runs: Run[];
  /** Where the copies lie, in words. */
  destinations: { name: string; location: string; onThisMachine: boolean }[];
  recordingsEnabled: boolean;
  /** True when the recovery key can be opened with a master password only. */
  onlyMasterPassword: boolean;
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
  sameMachine: {
    en: 'against the loss of this machine: the copy lies on it. Add a place elsewhere: orbit destination add --help',
    pt: 'contra a perda desta máquina: a cópia está nela. Adicione outro lugar: orbit destination add --help',
  },
  recordings: {
    en: 'session recordings: switched off. orbit job set recordings --enable --folder /path',
    pt: 'gravações de sessão: desligadas. orbit job set recordings --enable --folder /caminho',
  },
  custodians: {
    en: 'against the loss of the master password: it is the only way to the recovery key. Let custodians hold shares: orbit custodian --help',
    pt: 'contra a perda da senha mestra: é o único caminho até a chave de recuperação. Deixe custodiantes com partes: orbit custodian --help',
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
    ...gaps(facts, language).map((gap) => `  – ${gap}`),
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

function gaps(facts: StartFacts, language: Language): string[] {
  const found: string[] = [];
  if (facts.destinations.every((destination) => destination.onThisMachine)) found.push(say.sameMachine[language]);
  if (!facts.recordingsEnabled) found.push(say.recordings[language]);
  if (facts.onlyMasterPassword) found.push(say.custodians[language]);
  for (const run of facts.runs) {
    const omitted = Math.max(0, ...run.results.map((result) => result.summary?.omitted ?? 0));
    if (omitted > 0) found.push(`${run.job}: ${formatCount(omitted)} ${say.omitted[language]}`);
    if (run.outcome === 'failed') found.push(`${run.job}: ${say.failed[language]}`);
  }
  return found;
}
