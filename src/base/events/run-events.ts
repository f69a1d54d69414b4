// Events of backups and of the other things that run.
import type { EventKind } from './event-kind.ts';

// Message type 15 stands for backups in the documented system's CEF.
const backupCef = { suid: '15' };

const checkPlace =
  'Check that the destination can be reached and that its credential is right, then run `orbit backup create`. Look the code up in docs/errors.md.';
const checkPlaceInPortuguese =
  'Verifique se o destino está acessível e se a credencial está correta; depois execute `orbit backup create`. Consulte o código em docs/errors.md.';

/** Backups and tasks. */
export const runEvents = {
  'backup.performed': {
    number: '18',
    severity: 'notice',
    facts: ['kind', 'job', 'destination', 'location', 'durationMs', 'bytesSent', 'verified'],
    optional: ['host', 'runId', 'bytesRead', 'files', 'secrets', 'snapshot'],
    cef: backupCef,
    en: {
      title: 'Backup performed',
      told: 'The {kind} backup was sent to {destination} ({location}): {bytesSent} in {durationMs}',
    },
    pt: {
      title: 'Backup realizado',
      told: 'O backup de {kind} foi enviado para {destination} ({location}): {bytesSent} em {durationMs}',
    },
  },
  'backup.failed': {
    number: '19',
    severity: 'error',
    facts: ['kind', 'job', 'destination', 'reason'],
    optional: ['location', 'host', 'runId', 'code', 'durationMs', 'lastGoodAt'],
    cef: backupCef,
    reportedAs: '336.501',
    en: {
      title: 'Error on backup',
      told: 'The {kind} backup[ to {destination}] failed: {reason}[. The newest good one is of {lastGoodAt}]',
      advice: 'Mend what the reason names, then run `orbit backup create`. Look the code up in docs/errors.md.',
      adviceFor: {
        backend: checkPlace,
        destinations: checkPlace,
        secrets:
          'Check the source: can it be reached, and may its credential read everything? Secrets that are gone on purpose are accepted with a reason. Then run `orbit backup create`. Look the code up in docs/errors.md.',
        profiles:
          'Check the database or application that the reason names: does it run, and may its account read everything? Then run `orbit backup create`. Look the code up in docs/errors.md.',
      },
    },
    pt: {
      title: 'Erro no backup',
      told: 'O backup de {kind}[ para {destination}] falhou: {reason}[. O último bom é de {lastGoodAt}]',
      advice: 'Corrija o que o motivo diz; depois execute `orbit backup create`. Consulte o código em docs/errors.md.',
      adviceFor: {
        backend: checkPlaceInPortuguese,
        destinations: checkPlaceInPortuguese,
        secrets:
          'Verifique a fonte: está acessível, e a credencial pode ler tudo? Segredos que sumiram de propósito são aceitos com um motivo. Depois execute `orbit backup create`. Consulte o código em docs/errors.md.',
        profiles:
          'Verifique o banco ou a aplicação que o motivo cita: está no ar, e a conta pode ler tudo? Depois execute `orbit backup create`. Consulte o código em docs/errors.md.',
      },
    },
  },
  'backup.partial': {
    number: '9101',
    severity: 'warning',
    facts: ['kind', 'job', 'destination', 'skipped'],
    optional: ['location', 'host', 'runId', 'reason', 'durationMs', 'bytesSent', 'files', 'secrets', 'snapshot'],
    cef: backupCef,
    en: {
      title: 'Backup incomplete',
      told: 'The {kind} backup to {destination} was made, but {skipped} item(s) could not be read[: {reason}]',
      advice: 'See the items with `orbit run show` and give Orbit the right to read them, or exclude them.',
    },
    pt: {
      title: 'Backup incompleto',
      told: 'O backup de {kind} para {destination} foi feito, mas {skipped} item(ns) não puderam ser lidos[: {reason}]',
      advice: 'Veja os itens com `orbit run show` e dê ao Orbit permissão de leitura, ou exclua-os do backup.',
    },
  },
  'backup.missed': {
    number: '9102',
    severity: 'error',
    facts: ['kind', 'job', 'dueAt'],
    optional: ['reason', 'lastGoodAt'],
    reportedAs: '336.501',
    en: {
      title: 'Backup missed',
      told: 'The {kind} backup of job {job}, due at {dueAt}, did not start[: {reason}]',
      advice: 'See whether the service was stopped, in maintenance, or busy with another run; start one by hand.',
    },
    pt: {
      title: 'Backup não executado',
      told: 'O backup de {kind} da tarefa {job}, previsto para {dueAt}, não começou[: {reason}]',
      advice: 'Veja se o serviço estava parado, em manutenção ou ocupado com outra execução; inicie um backup à mão.',
    },
  },
  'backup.overdue': {
    number: '9103',
    severity: 'alert',
    facts: ['kind', 'destination', 'objectiveMs'],
    optional: ['lastGoodAt', 'location', 'host'],
    reportedAs: '336.501',
    en: {
      title: 'No good backup in time',
      told: 'The newest good {kind} backup at {destination} is older than {objectiveMs}[: it is of {lastGoodAt}]',
      advice: 'Find out why runs end without a good backup: `orbit doctor`.',
    },
    pt: {
      title: 'Sem backup bom no prazo',
      told: 'O último backup bom de {kind} em {destination} tem mais de {objectiveMs}[: é de {lastGoodAt}]',
      advice: 'Descubra por que as execuções terminam sem um backup bom: `orbit doctor`.',
    },
  },
  'backup.cancelled': {
    number: '9104',
    severity: 'notice',
    facts: ['kind', 'job'],
    optional: ['user', 'runId', 'destination'],
    cef: backupCef,
    en: { title: 'Backup cancelled', told: 'The {kind} backup of job {job} was cancelled[ by {user}]' },
    pt: { title: 'Backup cancelado', told: 'O backup de {kind} da tarefa {job} foi cancelado[ por {user}]' },
  },
  'backup.interrupted': {
    number: '9105',
    severity: 'warning',
    facts: ['kind', 'job', 'since'],
    optional: ['runId', 'destination'],
    cef: backupCef,
    en: {
      title: 'Backup interrupted',
      told: 'The {kind} backup of job {job}, started at {since}, ended with its process; it is run again',
      advice: 'Nothing needs doing when the next run succeeds. See the system log for why the process ended.',
    },
    pt: {
      title: 'Backup interrompido',
      told: 'O backup de {kind} da tarefa {job}, iniciado em {since}, terminou junto com o processo; será refeito',
      advice: 'Se a próxima execução der certo, nada a fazer. O log do sistema diz por que o processo terminou.',
    },
  },
  'backup.completeness-drop': {
    number: '9106',
    severity: 'alert',
    facts: ['kind', 'source', 'expected', 'found'],
    optional: ['job', 'runId'],
    reportedAs: '336.501',
    en: {
      title: 'Far fewer items than before',
      told: 'The {kind} source {source} gave {found} items where {expected} were expected; the run is not called a success',
      advice: 'If the items were really removed, accept the new count; otherwise check what Orbit may read there.',
    },
    pt: {
      title: 'Queda brusca no número de itens',
      told: 'A origem de {kind} {source} entregou {found} itens onde se esperavam {expected}; a execução não conta como sucesso',
      advice: 'Se os itens foram mesmo removidos, aceite a nova contagem; senão, verifique o que o Orbit pode ler ali.',
    },
  },
  'backup.drop-accepted': {
    number: '9108',
    severity: 'warning',
    facts: ['kind', 'source', 'expected', 'found', 'user', 'reason'],
    optional: ['job', 'runId'],
    en: {
      title: 'Far fewer items accepted',
      told: '{user} accepted that the {kind} source {source} gives {found} items where there were {expected}: {reason}',
      advice: 'Kits from before the drop still hold what is gone now; keep them until nobody needs it.',
    },
    pt: {
      title: 'Queda no número de itens aceita',
      told: '{user} aceitou que a origem de {kind} {source} entregue {found} itens onde havia {expected}: {reason}',
      advice: 'Os kits anteriores à queda ainda contêm o que saiu; mantenha-os até que ninguém precise deles.',
    },
  },
  'backup.verification-failed': {
    number: '9107',
    severity: 'alert',
    facts: ['kind', 'destination', 'reason'],
    optional: ['job', 'location', 'host', 'runId', 'snapshot'],
    reportedAs: '336.501',
    en: {
      title: 'Backup does not read back',
      told: 'What the {kind} backup wrote to {destination} does not read back as it was written: {reason}',
      advice: 'Do not rely on this copy. Check the storage of the destination, then run `orbit backup create`.',
    },
    pt: {
      title: 'Backup não confere na leitura',
      told: 'O que o backup de {kind} gravou em {destination} não é lido de volta como foi gravado: {reason}',
      advice: 'Não confie nesta cópia. Verifique o armazenamento do destino e depois execute `orbit backup create`.',
    },
  },
  'task.created': {
    number: '336.001',
    severity: 'info',
    facts: ['task'],
    optional: ['user', 'job', 'kind', 'runId', 'destination'],
    en: { title: 'Task created', told: 'The task {task} was created[ by {user}]' },
    pt: { title: 'Tarefa criada', told: 'A tarefa {task} foi criada[ por {user}]' },
  },
  'task.succeeded': {
    number: '336.002',
    severity: 'info',
    facts: ['task', 'durationMs'],
    optional: ['user', 'job', 'kind', 'runId', 'destination'],
    en: { title: 'Task succeeded', told: 'The task {task} succeeded in {durationMs}' },
    pt: { title: 'Tarefa concluída', told: 'A tarefa {task} foi concluída em {durationMs}' },
  },
  'task.failed': {
    number: '336.003',
    severity: 'error',
    facts: ['task', 'reason'],
    optional: ['user', 'job', 'kind', 'runId', 'destination', 'code', 'durationMs'],
    en: {
      title: 'Task failed',
      told: 'The task {task} failed: {reason}',
      advice: 'Look the code up in docs/errors.md, mend the cause and start the task again.',
    },
    pt: {
      title: 'Tarefa falhou',
      told: 'A tarefa {task} falhou: {reason}',
      advice: 'Consulte o código em docs/errors.md, corrija a causa e inicie a tarefa de novo.',
    },
  },
} as const satisfies Record<string, EventKind>;
