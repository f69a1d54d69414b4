// Events of the machine Orbit runs on, and of the service itself.
import type { EventKind } from './event-kind.ts';

const diskAdvice = {
  en: 'Enlarge the disk or make room: when it is full, neither the vault nor Orbit can write.',
  pt: 'Aumente o disco ou libere espaço: cheio, nem o cofre nem o Orbit conseguem gravar.',
};

/** Disk, clock, service. */
export const machineEvents = {
  'disk.report': {
    number: '30',
    severity: 'info',
    facts: ['path', 'usedPercent', 'freeBytes'],
    en: { title: 'Disk usage', told: 'The disk of {path} is {usedPercent} full, {freeBytes} free' },
    pt: { title: 'Uso de disco', told: 'O disco de {path} está {usedPercent} cheio, {freeBytes} livres' },
  },
  'disk.over-70': {
    number: '27',
    severity: 'warning',
    facts: ['path', 'usedPercent', 'freeBytes'],
    optional: ['subject'],
    reportedAs: '336.500',
    en: {
      title: 'Disk over 70 %',
      told: 'The disk of {path} is {usedPercent} full[ ({subject})], {freeBytes} free',
      advice: diskAdvice.en,
    },
    pt: {
      title: 'Disco acima de 70 %',
      told: 'O disco de {path} está {usedPercent} cheio[ ({subject})], {freeBytes} livres',
      advice: diskAdvice.pt,
    },
  },
  'disk.over-80': {
    number: '28',
    severity: 'error',
    facts: ['path', 'usedPercent', 'freeBytes'],
    optional: ['subject'],
    reportedAs: '336.500',
    en: {
      title: 'Disk over 80 %',
      told: 'The disk of {path} is {usedPercent} full[ ({subject})], {freeBytes} free',
      advice: diskAdvice.en,
    },
    pt: {
      title: 'Disco acima de 80 %',
      told: 'O disco de {path} está {usedPercent} cheio[ ({subject})], {freeBytes} livres',
      advice: diskAdvice.pt,
    },
  },
  'disk.over-90': {
    number: '29',
    severity: 'alert',
    facts: ['path', 'usedPercent', 'freeBytes'],
    optional: ['subject'],
    reportedAs: '336.501',
    en: {
      title: 'Disk over 90 %',
      told: 'The disk of {path} is {usedPercent} full[ ({subject})], {freeBytes} free',
      advice: diskAdvice.en,
    },
    pt: {
      title: 'Disco acima de 90 %',
      told: 'O disco de {path} está {usedPercent} cheio[ ({subject})], {freeBytes} livres',
      advice: diskAdvice.pt,
    },
  },
  'clock.skewed': {
    number: '9501',
    severity: 'warning',
    facts: ['skewMs', 'subject'],
    reportedAs: '336.500',
    en: {
      title: 'Clock is off',
      told: 'The clock here differs by {skewMs} from that of {subject}',
      advice: 'Let the machine keep time with NTP: retention, object lock and one-time codes depend on it.',
    },
    pt: {
      title: 'Relógio fora de hora',
      told: 'O relógio daqui difere em {skewMs} do relógio de {subject}',
      advice: 'Sincronize a máquina por NTP: retenção, object lock e códigos de uso único dependem da hora.',
    },
  },
  'service.started': {
    number: '9502',
    severity: 'info',
    facts: [],
    optional: ['subject'],
    en: { title: 'Service started', told: 'Orbit started[, version {subject}]' },
    pt: { title: 'Serviço iniciado', told: 'O Orbit foi iniciado[, versão {subject}]' },
  },
  'service.stopped': {
    number: '9503',
    severity: 'notice',
    facts: [],
    optional: ['reason', 'user'],
    en: { title: 'Service stopped', told: 'Orbit was stopped[: {reason}]; no backups run until it is started' },
    pt: { title: 'Serviço parado', told: 'O Orbit foi parado[: {reason}]; sem ele não há backups' },
  },
  'service.crashed': {
    number: '9504',
    severity: 'error',
    facts: ['since'],
    optional: ['reason'],
    en: {
      title: 'Service ended unexpectedly',
      told: 'Orbit ended without being stopped; its last sign of life was at {since}',
      advice: 'See the system log of that time. Runs that were cut off are marked and made again.',
    },
    pt: {
      title: 'Serviço terminou inesperadamente',
      told: 'O Orbit terminou sem ter sido parado; o último sinal de vida foi em {since}',
      advice: 'Veja o log do sistema desse horário. As execuções interrompidas são marcadas e refeitas.',
    },
  },
  'maintenance.entered': {
    number: '9505',
    severity: 'warning',
    facts: ['user'],
    optional: ['reason', 'expiresAt'],
    en: { title: 'Maintenance on', told: '{user} switched maintenance on[ until {expiresAt}]: no backup starts' },
    pt: { title: 'Manutenção ligada', told: '{user} ligou a manutenção[ até {expiresAt}]: nenhum backup começa' },
  },
  'maintenance.left': {
    number: '9506',
    severity: 'notice',
    facts: ['since', 'downMs'],
    optional: ['user'],
    en: { title: 'Maintenance off', told: 'Maintenance, on since {since}, is off after {downMs}' },
    pt: { title: 'Manutenção desligada', told: 'A manutenção, ligada desde {since}, foi desligada após {downMs}' },
  },
  'maintenance.forgotten': {
    number: '9507',
    severity: 'error',
    facts: ['since'],
    optional: ['user'],
    reportedAs: '336.501',
    en: {
      title: 'Maintenance still on',
      told: 'Maintenance is on since {since}: nothing has been backed up',
      advice: 'Switch it off when the work is done.',
    },
    pt: {
      title: 'Manutenção ainda ligada',
      told: 'A manutenção está ligada desde {since}: nada entrou em backup',
      advice: 'Desligue-a quando o trabalho terminar.',
    },
  },
  'database.damaged': {
    number: '9508',
    severity: 'alert',
    facts: ['path', 'reason'],
    reportedAs: '336.501',
    en: {
      title: "Orbit's database is damaged",
      told: 'The database {path} is damaged: {reason}',
      advice: 'Stop Orbit and restore its data folder from the newest system backup.',
    },
    pt: {
      title: 'Banco de dados do Orbit danificado',
      told: 'O banco de dados {path} está danificado: {reason}',
      advice: 'Pare o Orbit e restaure a pasta de dados a partir do backup de sistema mais recente.',
    },
  },
  'instance-key.missing': {
    number: '9509',
    severity: 'alert',
    facts: ['path', 'reason'],
    reportedAs: '336.501',
    en: {
      title: 'Instance key missing or wrong',
      told: 'The instance key {path} cannot be used: {reason}',
      advice: 'Restore instance.key from the same backup as the database; without it, enter all credentials again.',
    },
    pt: {
      title: 'Chave da instância ausente ou errada',
      told: 'A chave da instância {path} não pode ser usada: {reason}',
      advice: 'Restaure instance.key do mesmo backup que o banco de dados; sem ela, cadastre as credenciais de novo.',
    },
  },
  'certificate.expiring': {
    number: '9510',
    severity: 'warning',
    facts: ['subject', 'expiresAt'],
    en: {
      title: 'Certificate expires soon',
      told: 'The certificate of {subject} expires at {expiresAt}',
      advice: 'Renew it before that day.',
    },
    pt: {
      title: 'Certificado perto de expirar',
      told: 'O certificado de {subject} expira em {expiresAt}',
      advice: 'Renove-o antes dessa data.',
    },
  },
} as const satisfies Record<string, EventKind>;
