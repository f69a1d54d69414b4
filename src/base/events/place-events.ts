// Events of sources, destinations and drills: what is protected, where it lies, and whether it opens.
import type { EventKind } from './event-kind.ts';

/** Sources, destinations, drills. */
export const placeEvents = {
  'source.lost': {
    number: '9201',
    severity: 'error',
    facts: ['source', 'reason', 'since'],
    optional: ['kind', 'path'],
    reportedAs: '336.501',
    en: {
      title: 'Source lost',
      told: 'The source {source} cannot be read since {since}: {reason}',
      advice: 'Nothing new of it is backed up until it can be read again. Check that it runs and what Orbit may read.',
    },
    pt: {
      title: 'Origem perdida',
      told: 'A origem {source} não pode ser lida desde {since}: {reason}',
      advice:
        'Nada de novo dela entra no backup até voltar. Verifique se ela está no ar e o que o Orbit tem permissão de ler.',
    },
  },
  'source.back': {
    number: '9202',
    severity: 'notice',
    facts: ['source', 'since', 'downMs'],
    optional: ['kind', 'path'],
    en: { title: 'Source back', told: 'The source {source}, lost since {since}, can be read again after {downMs}' },
    pt: { title: 'Origem de volta', told: 'A origem {source}, perdida desde {since}, voltou a ser lida após {downMs}' },
  },
  'destination.lost': {
    number: '9203',
    severity: 'alert',
    facts: ['destination', 'location', 'reason', 'since'],
    optional: ['host', 'code', 'lastGoodAt'],
    reportedAs: '336.501',
    en: {
      title: 'Destination lost',
      told: 'The destination {destination} ({location}) cannot be used since {since}: {reason}',
      advice:
        'Check that the server is up, that its name and port can be reached and that the credential still has its rights. Runs wait and go on when it is back.',
    },
    pt: {
      title: 'Destino perdido',
      told: 'O destino {destination} ({location}) está inacessível desde {since}: {reason}',
      advice:
        'Verifique se o servidor está no ar, se o nome e a porta respondem e se a credencial ainda tem permissão. As execuções aguardam e continuam quando ele voltar.',
    },
  },
  'destination.back': {
    number: '9204',
    severity: 'notice',
    facts: ['destination', 'location', 'since', 'downMs'],
    optional: ['host'],
    en: {
      title: 'Destination back',
      told: 'The destination {destination} ({location}), lost since {since}, is back after {downMs}',
    },
    pt: {
      title: 'Destino de volta',
      told: 'O destino {destination} ({location}), perdido desde {since}, está de volta após {downMs}',
    },
  },
  'destination.low-space': {
    number: '9205',
    severity: 'warning',
    facts: ['destination', 'location', 'freeBytes'],
    optional: ['host', 'neededBytes', 'usedPercent'],
    reportedAs: '336.500',
    en: {
      title: 'Destination nearly full',
      told: 'The destination {destination} has {freeBytes} free[; the next run may need {neededBytes}]',
      advice: 'Make room there, or let retention keep less. Orbit never deletes the last good backup to make room.',
    },
    pt: {
      title: 'Destino quase cheio',
      told: 'O destino {destination} tem {freeBytes} livres[; a próxima execução pode precisar de {neededBytes}]',
      advice: 'Libere espaço nele ou reduza a retenção. O Orbit nunca apaga o último backup bom para abrir espaço.',
    },
  },
  'destination.host-key-changed': {
    number: '9206',
    severity: 'alert',
    facts: ['destination', 'host', 'expectedFingerprint', 'shownFingerprint'],
    optional: ['location'],
    reportedAs: '336.501',
    en: {
      title: 'Host key changed',
      told: '{host} of destination {destination} shows the host key {shownFingerprint} instead of {expectedFingerprint}; nothing is sent',
      advice:
        'Ask who runs the host, by another way, whether the key was changed on purpose; only then accept the new one.',
    },
    pt: {
      title: 'Chave do servidor mudou',
      told: '{host} do destino {destination} apresenta a chave {shownFingerprint} em vez de {expectedFingerprint}; nada é enviado',
      advice:
        'Pergunte a quem administra o servidor, por outro meio, se a chave mudou de propósito; só então aceite a nova.',
    },
  },
  'destination.not-append-only': {
    number: '9207',
    severity: 'warning',
    facts: ['destination', 'location', 'reason'],
    optional: ['host'],
    reportedAs: '336.500',
    en: {
      title: 'Destination lets backups be deleted',
      told: 'The destination {destination} should refuse deleting and overwriting, but did not: {reason}',
      advice: 'Restore the restriction at the server (authorized_keys line or object lock) and test the destination.',
    },
    pt: {
      title: 'Destino permite apagar backups',
      told: 'O destino {destination} deveria recusar exclusão e sobrescrita, mas não recusou: {reason}',
      advice: 'Restaure a restrição no servidor (linha em authorized_keys ou object lock) e teste o destino.',
    },
  },
  'destination.tampered': {
    number: '9208',
    severity: 'alert',
    facts: ['destination', 'location', 'reason'],
    optional: ['host', 'path', 'found', 'expected'],
    reportedAs: '336.501',
    en: {
      title: 'Backups changed or missing',
      told: 'Something other than Orbit changed what lies at {destination}: {reason}',
      advice: 'Treat it as an attack until explained: keep another copy out of reach and see who has access there.',
    },
    pt: {
      title: 'Backups alterados ou ausentes',
      told: 'Algo que não é o Orbit alterou o que está em {destination}: {reason}',
      advice: 'Trate como ataque até ter explicação: isole outra cópia e veja quem tem acesso ao destino.',
    },
  },
  'destination.locks-failed': {
    number: '9209',
    severity: 'error',
    facts: ['destination', 'location', 'reason'],
    optional: ['host', 'code', 'expiresAt'],
    en: {
      title: 'Object locks not renewed',
      told: 'What lies at {destination} could not be locked anew: {reason}[; the first locks end at {expiresAt}]',
      advice:
        'When a lock ends, whoever has the key may remove what backups still need. The key needs s3:PutObjectRetention; then: `orbit destination renew-locks`.',
    },
    pt: {
      title: 'Travas de objetos não renovadas',
      told: 'O que está em {destination} não pôde ser travado de novo: {reason}[; as primeiras travas acabam em {expiresAt}]',
      advice:
        'Quando uma trava acaba, quem tem a chave pode remover o que os backups ainda usam. A chave precisa de s3:PutObjectRetention; depois: `orbit destination renew-locks`.',
    },
  },
  'destination.locks-renewed': {
    number: '9210',
    severity: 'info',
    facts: ['destination', 'location', 'expiresAt'],
    optional: ['host'],
    en: {
      title: 'Object locks renewed',
      told: 'Everything at {destination} is locked until {expiresAt} at least',
    },
    pt: {
      title: 'Travas de objetos renovadas',
      told: 'Tudo em {destination} está travado até {expiresAt}, pelo menos',
    },
  },
  'drill.passed': {
    number: '9301',
    severity: 'notice',
    facts: ['kind', 'destination', 'durationMs'],
    optional: ['snapshot', 'files', 'secrets', 'user'],
    en: { title: 'Drill passed', told: 'The drill opened the {kind} backup at {destination} in {durationMs}' },
    pt: {
      title: 'Simulação bem-sucedida',
      told: 'A simulação abriu o backup de {kind} em {destination} em {durationMs}',
    },
  },
  'drill.failed': {
    number: '9302',
    severity: 'alert',
    facts: ['kind', 'destination', 'reason'],
    optional: ['snapshot', 'code', 'user'],
    reportedAs: '336.501',
    en: {
      title: 'Drill failed',
      told: 'The drill could not restore from the {kind} backup at {destination}: {reason}',
      advice: 'In an emergency this copy would not help. Make a new backup, run the drill again, and keep the report.',
    },
    pt: {
      title: 'Simulação falhou',
      told: 'A simulação não conseguiu restaurar do backup de {kind} em {destination}: {reason}',
      advice: 'Numa emergência esta cópia não ajudaria. Faça um novo backup, repita a simulação e guarde o relatório.',
    },
  },
  'drill.overdue': {
    number: '9303',
    severity: 'warning',
    facts: ['kind', 'dueAt'],
    optional: ['destination', 'lastGoodAt', 'task'],
    en: {
      title: 'Drill overdue',
      told: 'The drill of the {kind} backup was due at {dueAt}[; the last one passed at {lastGoodAt}]',
      advice: 'Run it: `orbit drill run`; the yearly one with people is `orbit drill people`.',
    },
    pt: {
      title: 'Simulação atrasada',
      told: 'A simulação do backup de {kind} estava prevista para {dueAt}[; a última passou em {lastGoodAt}]',
      advice: 'Execute-a: `orbit drill run`; a anual, com pessoas, é `orbit drill people`.',
    },
  },
  'check.failed': {
    number: '9304',
    severity: 'alert',
    facts: ['destination', 'reason'],
    optional: ['kind', 'location', 'host', 'code', 'path'],
    reportedAs: '336.501',
    en: {
      title: 'Repository damaged',
      told: 'The check found damage in the repository at {destination}: {reason}',
      advice: 'Snapshots that need the damaged part cannot be restored from here. Run `orbit repo check` for the list.',
    },
    pt: {
      title: 'Repositório danificado',
      told: 'A verificação encontrou danos no repositório em {destination}: {reason}',
      advice:
        'Snapshots que dependem da parte danificada não podem ser restaurados daqui. A lista: `orbit repo check`.',
    },
  },
} as const satisfies Record<string, EventKind>;
