// Events of channels, accounts, settings and the audit trail.
import type { EventKind } from './event-kind.ts';

const person = ['userId', 'userName', 'role', 'address', 'method'] as const;

/** Channels, sign-ins, settings, audit. */
export const peopleEvents = {
  'channel.failing': {
    number: '9601',
    severity: 'error',
    facts: ['channel', 'since', 'reason', 'queued'],
    optional: ['code'],
    reportedAs: '336.501',
    en: {
      title: 'Alerts do not get out',
      told: 'The channel {channel} delivers nothing since {since}: {reason}[; {queued} message(s) wait]',
      advice: 'Messages are kept and sent when it works again. Try `orbit channel test`.',
    },
    pt: {
      title: 'Alertas não estão saindo',
      told: 'O canal {channel} não entrega nada desde {since}: {reason}[; {queued} mensagem(ns) na fila]',
      advice: 'As mensagens ficam guardadas e saem quando ele voltar. Experimente `orbit channel test`.',
    },
  },
  'channel.restored': {
    number: '9602',
    severity: 'notice',
    facts: ['channel', 'since', 'downMs'],
    en: { title: 'Channel works again', told: 'The channel {channel}, failing since {since}, works again' },
    pt: { title: 'Canal voltou a funcionar', told: 'O canal {channel}, com falha desde {since}, voltou a funcionar' },
  },
  'channel.test': {
    number: '9603',
    severity: 'info',
    facts: ['channel'],
    optional: ['user'],
    en: { title: 'Test message', told: 'This is a test of the channel {channel}[, asked for by {user}]' },
    pt: { title: 'Mensagem de teste', told: 'Este é um teste do canal {channel}[, pedido por {user}]' },
  },
  'channel.dropped': {
    number: '9604',
    severity: 'warning',
    facts: ['channel', 'dropped'],
    optional: ['since', 'reason'],
    en: {
      title: 'Alerts given up',
      told: 'The channel {channel} was down so long that {dropped} message(s), the oldest, were given up',
      advice: 'The history of runs and the audit trail still hold what they told.',
    },
    pt: {
      title: 'Alertas descartados',
      told: 'O canal {channel} ficou tanto tempo fora que {dropped} mensagem(ns), as mais antigas, foram descartadas',
      advice: 'O histórico de execuções e a auditoria ainda guardam o que elas diziam.',
    },
  },
  'sign-in.succeeded': {
    number: '1695.001',
    severity: 'notice',
    facts: ['user', 'address'],
    optional: ['userId', 'userName', 'role', 'method'],
    en: { title: 'Signed in', told: '{user} signed in from {address}' },
    pt: { title: 'Entrada no sistema', told: '{user} entrou a partir de {address}' },
  },
  'sign-in.ended': {
    number: '1695.002',
    severity: 'notice',
    facts: ['user'],
    optional: [...person],
    en: { title: 'Signed out', told: '{user} signed out' },
    pt: { title: 'Saída do sistema', told: '{user} saiu' },
  },
  'sign-in.expired': {
    number: '1695.003',
    severity: 'notice',
    facts: ['user'],
    optional: [...person],
    en: { title: 'Sign-in expired', told: 'The sign-in of {user} expired' },
    pt: { title: 'Acesso expirado', told: 'O acesso de {user} expirou' },
  },
  'sign-in.failed': {
    number: '9701',
    severity: 'warning',
    facts: ['user', 'address', 'reason'],
    optional: ['method'],
    en: {
      title: 'Sign-in refused',
      told: 'A sign-in as {user} from {address} was refused: {reason}',
      advice: 'Many of these in a row are an attack: see whether the address should reach Orbit at all.',
    },
    pt: {
      title: 'Entrada recusada',
      told: 'Uma entrada como {user} a partir de {address} foi recusada: {reason}',
      advice: 'Muitas seguidas são um ataque: veja se esse endereço deveria alcançar o Orbit.',
    },
  },
  'settings.changed': {
    number: '9702',
    severity: 'notice',
    facts: ['user', 'setting'],
    optional: [...person, 'subject'],
    en: { title: 'Setting changed', told: '{user} changed {setting}[ of {subject}]' },
    pt: { title: 'Configuração alterada', told: '{user} alterou {setting}[ de {subject}]' },
  },
  'destination.removed': {
    number: '9703',
    severity: 'warning',
    facts: ['user', 'destination'],
    optional: [...person, 'location'],
    en: {
      title: 'Destination removed',
      told: '{user} removed the destination {destination}; nothing more is sent there',
      advice: 'Check that each kind of backup still has a destination.',
    },
    pt: {
      title: 'Destino removido',
      told: '{user} removeu o destino {destination}; nada mais é enviado para lá',
      advice: 'Verifique se cada tipo de backup ainda tem um destino.',
    },
  },
  'channel.removed': {
    number: '9711',
    severity: 'warning',
    facts: ['user', 'channel'],
    optional: [...person],
    en: {
      title: 'Channel removed',
      told: '{user} removed the channel {channel}; nobody is told through it any more',
      advice: 'Check that two channels of different kinds are left.',
    },
    pt: {
      title: 'Canal removido',
      told: '{user} removeu o canal {channel}; ninguém mais é avisado por ele',
      advice: 'Verifique se restam dois canais de tipos diferentes.',
    },
  },
  'retention.weakened': {
    number: '9704',
    severity: 'warning',
    facts: ['user', 'job'],
    // The job is CEF's `sname` here, so the person's full name stays out.
    optional: ['userId', 'role', 'address', 'method', 'kind'],
    en: {
      title: 'Retention weakened',
      told: '{user} lets job {job} keep fewer backups',
      advice: 'If nobody planned it, undo it before the next run forgets backups.',
    },
    pt: {
      title: 'Retenção reduzida',
      told: '{user} fez a tarefa {job} guardar menos backups',
      advice: 'Se ninguém planejou isso, desfaça antes que a próxima execução descarte backups.',
    },
  },
  'backup.deleted': {
    number: '9705',
    severity: 'alert',
    facts: ['user', 'snapshot', 'destination'],
    optional: [...person, 'kind', 'reason'],
    en: {
      title: 'Backup deleted',
      told: '{user} deleted the backup {snapshot} at {destination}[: {reason}]',
      advice: 'If nobody planned it, block the account and keep another copy out of reach.',
    },
    pt: {
      title: 'Backup apagado',
      told: '{user} apagou o backup {snapshot} em {destination}[: {reason}]',
      advice: 'Se ninguém planejou isso, bloqueie a conta e isole outra cópia.',
    },
  },
  'backup.hold-changed': {
    number: '9710',
    severity: 'notice',
    facts: ['user', 'snapshot', 'action', 'reason'],
    optional: [...person],
    en: { title: 'Hold of a backup changed', told: '{user}: {action} for the backup {snapshot}: {reason}' },
    pt: { title: 'Retenção legal de backup alterada', told: '{user}: {action} para o backup {snapshot}: {reason}' },
  },
  'approval.requested': {
    number: '9706',
    severity: 'notice',
    facts: ['user', 'action'],
    optional: [...person, 'subject', 'expiresAt', 'reason'],
    en: {
      title: 'Approval asked for',
      told: '{user} asks for approval: {action}[ of {subject}][: {reason}]',
      advice: 'Another administrator approves or refuses it in the console.',
    },
    pt: {
      title: 'Aprovação solicitada',
      told: '{user} pede aprovação: {action}[ de {subject}][: {reason}]',
      advice: 'Outro administrador aprova ou recusa no console.',
    },
  },
  'approval.given': {
    number: '9708',
    severity: 'notice',
    facts: ['user', 'action', 'reason'],
    optional: [...person, 'subject'],
    en: { title: 'Approved', told: '{user} approved {action}[ of {subject}]: {reason}' },
    pt: { title: 'Aprovado', told: '{user} aprovou {action}[ de {subject}]: {reason}' },
  },
  'approval.refused': {
    number: '9709',
    severity: 'notice',
    facts: ['user', 'action', 'reason'],
    optional: [...person, 'subject'],
    en: { title: 'Approval refused', told: '{user} refused {action}[ of {subject}]: {reason}' },
    pt: { title: 'Aprovação recusada', told: '{user} recusou {action}[ de {subject}]: {reason}' },
  },
  'audit.logged': {
    number: '336.004',
    severity: 'info',
    facts: ['action', 'auditHead'],
    optional: ['user', ...person, 'subject'],
    en: { title: 'Operation logged', told: '{action}[ of {subject}][ by {user}]' },
    pt: { title: 'Operação registrada', told: '{action}[ de {subject}][ por {user}]' },
  },
  'audit.broken': {
    number: '9707',
    severity: 'alert',
    facts: ['reason'],
    optional: ['auditHead', 'since'],
    reportedAs: '336.501',
    en: {
      title: 'Audit trail broken',
      told: 'The audit trail does not verify: {reason}',
      advice: 'Compare with the heads the SIEM and the backups hold: entries after the last common head were changed.',
    },
    pt: {
      title: 'Trilha de auditoria violada',
      told: 'A trilha de auditoria não confere: {reason}',
      advice:
        'Compare com os resumos guardados no SIEM e nos backups: o que vem depois do último em comum foi alterado.',
    },
  },
} as const satisfies Record<string, EventKind>;
