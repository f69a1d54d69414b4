// The words of a drill's page, in English and Portuguese.
import type { Language } from '../../base/language.ts';
import type { StepName } from './drill-report.ts';

/** Everything a page says besides its data. */
export interface ReportTexts {
  title: string;
  subtitle: string;
  passed: string;
  failed: string;
  ways: Record<'automatic' | 'people', string>;
  kinds: Record<'secrets' | 'system' | 'recordings', string>;
  startedBy: Record<'person' | 'schedule', string>;
  facts: Record<
    | 'id'
    | 'way'
    | 'kind'
    | 'started'
    | 'ended'
    | 'duration'
    | 'firstFile'
    | 'firstPassword'
    | 'by'
    | 'destination'
    | 'location'
    | 'snapshot'
    | 'kit'
    | 'madeAt'
    | 'fingerprint'
    | 'recoveryKey'
    | 'machine'
    | 'programs',
    string
  >;
  sections: Record<'what' | 'copy' | 'steps' | 'sample' | 'people' | 'limits' | 'controls' | 'signature', string>;
  columns: {
    steps: [string, string, string, string];
    sample: [string, string, string, string];
    people: [string, string, string];
  };
  steps: Record<StepName, string>;
  stepResults: Record<'passed' | 'failed' | 'skipped', string>;
  how: Record<'restored' | 'read', string>;
  source: Record<'unchanged' | 'changed' | 'gone' | 'elsewhere', string>;
  moreFiles: (count: number) => string;
  limits: Record<'sample' | 'running' | 'unopened' | 'one-group' | 'machine', string>;
  controlsNote: string;
  controls: Record<'cp9' | 'a813' | 'dora', string>;
  signature: (fingerprint: string, id: string) => string;
  witnesses: string;
}

/** See `ReportTexts`. */
export const reportTexts: Record<Language, ReportTexts> = {
  en: {
    title: 'Recovery drill report',
    subtitle: 'Evidence that a backup was restored from the place where it is kept',
    passed: 'PASSED',
    failed: 'FAILED',
    ways: { automatic: 'automatic', people: 'with people' },
    kinds: { secrets: 'secrets (break-glass kit)', system: 'system', recordings: 'session recordings' },
    startedBy: { person: 'started by hand', schedule: 'started by the schedule' },
    facts: {
      id: 'Report',
      way: 'Drill',
      kind: 'Kind of backup',
      started: 'Start',
      ended: 'End',
      duration: 'Duration',
      firstFile: 'First file readable after',
      firstPassword: 'First password readable after',
      by: 'Run by',
      destination: 'Destination',
      location: 'Place',
      snapshot: 'Snapshot',
      kit: 'Kit',
      madeAt: 'Made at',
      fingerprint: 'Fingerprint of the kit',
      recoveryKey: 'Recovery key',
      machine: 'Machine',
      programs: 'Programs',
    },
    sections: {
      what: 'The drill',
      copy: 'The copy that was tested',
      steps: 'What was done',
      sample: 'Files of the random sample',
      people: 'Who was there',
      limits: 'What this drill does not prove',
      controls: 'Evidence for',
      signature: 'Signature',
    },
    columns: {
      steps: ['Step', 'Result', 'Time', 'Facts'],
      sample: ['File', 'Size', 'Compared with the source', 'SHA-256'],
      people: ['Name', 'Role', 'Signature'],
    },
    steps: {
      reach: 'The destination was opened anew, with nothing kept from earlier',
      keys: 'The files by which the recovery key opens this place are there and right',
      newest: 'The newest copy was found',
      structure: 'The repository was checked; packs drawn at random were read byte by byte',
      restore: 'A random sample was restored from the destination into a private folder',
      hashes: 'Every restored byte was compared with the SHA-256 hashes in the snapshot',
      source: 'Files unchanged since then were compared byte for byte with their source',
      databases: 'Every database dump was restored into an empty scratch server, and its tables were counted',
      'kit-files': 'Every file of the kit was read back: size, SHA-256, signature, signer',
      opening: 'The people in the room opened the kit',
      count: 'The secrets were counted and compared with the signed manifest',
      digests: 'Keyed digests of all secrets were compared with those taken when the kit was made',
      'chosen-secret': 'One chosen secret was compared, unseen, with the vault of today',
    },
    stepResults: { passed: 'passed', failed: 'FAILED', skipped: 'not done' },
    how: { restored: 'restored', read: 'read, not written (too large)' },
    source: {
      unchanged: 'equal',
      changed: 'changed since',
      gone: 'no such file there now',
      elsewhere: 'not on this machine',
    },
    moreFiles: (count) => `and ${count} more: see the JSON report`,
    limits: {
      sample:
        'Files outside the sample were not restored. Their metadata and the presence of their packs were checked, and their bytes as far as the packs that were read reach.',
      running:
        'The repository’s password came from the running Orbit. That people can open it without Orbit is what a drill with people proves.',
      unopened:
        'Nobody opened this kit: the server that made it cannot. Every byte is what was written, and in the run that made it, it was opened and compared with the source. That people can open it today is what a drill with people proves.',
      'one-group': 'Only the people named above proved that they can open it. Custodians who were absent did not.',
      machine: 'No whole machine was rebuilt.',
    },
    controlsNote:
      'This report is offered as evidence for the controls below. Orbit claims no certification; whether a control is met is the auditor’s judgement.',
    controls: {
      cp9: 'System backup: testing for reliability and integrity (contingency planning)',
      a813: 'Information backup: regular testing of copies',
      dora: 'Backup policies, restoration and recovery procedures and methods: periodic testing',
    },
    signature: (fingerprint, id) =>
      `Signed with the Ed25519 key of this Orbit, fingerprint ${fingerprint}. Any change of this file breaks the signature. To check it offline: orbit drill verify drill-${id}.json`,
    witnesses: 'Witness or auditor: name, date, signature',
  },
  pt: {
    title: 'Relatório de simulação de recuperação',
    subtitle: 'Evidência de que um backup foi restaurado a partir do lugar onde é guardado',
    passed: 'APROVADA',
    failed: 'REPROVADA',
    ways: { automatic: 'automática', people: 'com pessoas' },
    kinds: { secrets: 'segredos (kit de emergência)', system: 'sistema', recordings: 'gravações de sessões' },
    startedBy: { person: 'iniciada por uma pessoa', schedule: 'iniciada pelo agendamento' },
    facts: {
      id: 'Relatório',
      way: 'Simulação',
      kind: 'Tipo de backup',
      started: 'Início',
      ended: 'Fim',
      duration: 'Duração',
      firstFile: 'Primeiro arquivo legível após',
      firstPassword: 'Primeira senha legível após',
      by: 'Executada por',
      destination: 'Destino',
      location: 'Lugar',
      snapshot: 'Snapshot',
      kit: 'Kit',
      madeAt: 'Feito em',
      fingerprint: 'Impressão digital do kit',
      recoveryKey: 'Chave de recuperação',
      machine: 'Máquina',
      programs: 'Programas',
    },
    sections: {
      what: 'A simulação',
      copy: 'A cópia testada',
      steps: 'O que foi feito',
      sample: 'Arquivos da amostra aleatória',
      people: 'Quem estava presente',
      limits: 'O que esta simulação não prova',
      controls: 'Evidência para',
      signature: 'Assinatura',
    },
    columns: {
      steps: ['Passo', 'Resultado', 'Tempo', 'Fatos'],
      sample: ['Arquivo', 'Tamanho', 'Comparado com a origem', 'SHA-256'],
      people: ['Nome', 'Função', 'Assinatura'],
    },
    steps: {
      reach: 'O destino foi aberto de novo, sem nada guardado de antes',
      keys: 'Os arquivos com que a chave de recuperação abre este lugar estão lá e corretos',
      newest: 'A cópia mais nova foi encontrada',
      structure: 'O repositório foi verificado; pacotes sorteados foram lidos byte a byte',
      restore: 'Uma amostra aleatória foi restaurada do destino para uma pasta privada',
      hashes: 'Cada byte restaurado foi comparado com os hashes SHA-256 do snapshot',
      source: 'Arquivos que não mudaram desde então foram comparados byte a byte com a origem',
      databases: 'Cada dump de banco foi restaurado em um servidor de rascunho vazio, e suas tabelas foram contadas',
      'kit-files': 'Cada arquivo do kit foi lido de volta: tamanho, SHA-256, assinatura, signatário',
      opening: 'As pessoas presentes abriram o kit',
      count: 'Os segredos foram contados e comparados com o manifesto assinado',
      digests: 'Resumos com chave de todos os segredos foram comparados com os feitos na criação do kit',
      'chosen-secret': 'Um segredo escolhido foi comparado, sem ser exibido, com o cofre de hoje',
    },
    stepResults: { passed: 'aprovado', failed: 'REPROVADO', skipped: 'não feito' },
    how: { restored: 'restaurado', read: 'lido, não gravado (grande demais)' },
    source: {
      unchanged: 'igual',
      changed: 'mudou desde então',
      gone: 'não há tal arquivo lá agora',
      elsewhere: 'não está nesta máquina',
    },
    moreFiles: (count) => `e mais ${count}: veja o relatório JSON`,
    limits: {
      sample:
        'Arquivos fora da amostra não foram restaurados. Seus metadados e a presença de seus pacotes foram verificados, e seus bytes até onde vão os pacotes lidos.',
      running:
        'A senha do repositório veio do Orbit em funcionamento. Que pessoas consigam abri-lo sem o Orbit é o que prova uma simulação com pessoas.',
      unopened:
        'Ninguém abriu este kit: o servidor que o fez não consegue. Cada byte é o que foi gravado e, na execução que o fez, ele foi aberto e comparado com a origem. Que pessoas consigam abri-lo hoje é o que prova uma simulação com pessoas.',
      'one-group':
        'Só as pessoas citadas acima provaram que conseguem abri-lo. Custodiantes ausentes não provaram nada.',
      machine: 'Nenhuma máquina inteira foi reconstruída.',
    },
    controlsNote:
      'Este relatório é oferecido como evidência para os controles abaixo. O Orbit não alega certificação; se um controle é atendido cabe ao auditor julgar.',
    controls: {
      cp9: 'Backup do sistema: testes de confiabilidade e integridade (planejamento de contingência)',
      a813: 'Backup das informações: testes regulares das cópias',
      dora: 'Políticas de backup, procedimentos e métodos de restauração e recuperação: testes periódicos',
    },
    signature: (fingerprint, id) =>
      `Assinado com a chave Ed25519 deste Orbit, impressão digital ${fingerprint}. Qualquer mudança neste arquivo invalida a assinatura. Para verificar sem rede: orbit drill verify drill-${id}.json`,
    witnesses: 'Testemunha ou auditor: nome, data, assinatura',
  },
};
