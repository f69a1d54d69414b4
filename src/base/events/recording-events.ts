// Events of session recordings: what changed, who watched, what left.
import type { EventKind } from './event-kind.ts';

const person = ['userId', 'role', 'address', 'method'] as const;

/** Recordings. */
export const recordingEvents = {
  'recording.changed': {
    number: '34',
    // A notice in the documented system; but evidence that is changed after the fact is a matter to look into.
    severity: 'warning',
    facts: ['recording', 'path', 'sizeBefore', 'sizeNow', 'destination'],
    optional: ['sha256Before', 'sha256Now', 'subject'],
    en: {
      title: 'Session file changed',
      told: 'The recording {path}[ of {subject}] was changed after it had been backed up: {sizeBefore} before, {sizeNow} now; both versions are at {destination}',
      advice: 'Find out who changed it. `orbit recording show` tells which recording the new one came after.',
    },
    pt: {
      title: 'Arquivo de sessão alterado',
      told: 'A gravação {path}[ de {subject}] foi alterada depois do backup: {sizeBefore} antes, {sizeNow} agora; as duas versões estão em {destination}',
      advice: 'Descubra quem a alterou. `orbit recording show` diz de qual gravação a nova é sucessora.',
    },
  },
  'recording.watched': {
    number: '9801',
    severity: 'notice',
    facts: ['user', 'recording', 'reason'],
    optional: [...person, 'path', 'subject', 'destination', 'approvedBy'],
    en: {
      title: 'Recording watched',
      told: '{user} watches the recording {recording}[ of {subject}][, approved by {approvedBy}]: {reason}',
    },
    pt: {
      title: 'Gravação assistida',
      told: '{user} assiste à gravação {recording}[ de {subject}][, com aprovação de {approvedBy}]: {reason}',
    },
  },
  'recording.exported': {
    number: '9802',
    severity: 'warning',
    facts: ['user', 'recording', 'reason', 'action'],
    optional: [...person, 'path', 'subject', 'destination', 'approvedBy'],
    en: {
      title: 'Recording taken out',
      told: '{user} takes the recording {recording}[ of {subject}] out ({action})[, approved by {approvedBy}]: {reason}',
      advice: 'From here on a copy exists that Orbit does not guard.',
    },
    pt: {
      title: 'Gravação exportada',
      told: '{user} exporta a gravação {recording}[ de {subject}] ({action})[, com aprovação de {approvedBy}]: {reason}',
      advice: 'A partir daqui existe uma cópia que o Orbit não protege.',
    },
  },
  'recording.folder-taken': {
    number: '9805',
    severity: 'warning',
    facts: ['user', 'path', 'snapshot', 'destination', 'reason', 'files'],
    optional: [...person, 'approvedBy'],
    en: {
      title: 'Recordings taken out of a backup',
      told: '{user} takes {path} out of the backup {snapshot} at {destination}, with {files} recording(s) of the catalogue[, approved by {approvedBy}]: {reason}',
      advice: 'From here on a copy exists that Orbit does not guard.',
    },
    pt: {
      title: 'Gravações retiradas de um backup',
      told: '{user} retira {path} do backup {snapshot} em {destination}, com {files} gravação(ões) do catálogo[, com aprovação de {approvedBy}]: {reason}',
      advice: 'A partir daqui existe uma cópia que o Orbit não protege.',
    },
  },
  'recording.hold-changed': {
    number: '9803',
    severity: 'notice',
    facts: ['user', 'recording', 'action', 'reason'],
    optional: [...person],
    en: { title: 'Legal hold changed', told: '{user}, recording {recording}: {action}: {reason}' },
    pt: { title: 'Retenção legal alterada', told: '{user}, gravação {recording}: {action}: {reason}' },
  },
  'recording.purged': {
    number: '9804',
    severity: 'warning',
    facts: ['user', 'job', 'files'],
    optional: ['skipped', 'destination'],
    en: {
      title: 'Recordings removed at their source',
      told: '{user} removed {files} recording(s) of job {job} at their source, each proved whole in its backup first[; {skipped} stay]',
      advice: 'The report of it tells every file and why others stay.',
    },
    pt: {
      title: 'Gravações removidas na origem',
      told: '{user} removeu {files} gravação(ões) da tarefa {job} na origem, cada uma conferida antes no backup[; {skipped} ficam]',
      advice: 'O relatório lista cada arquivo e por que outros ficam.',
    },
  },
} as const satisfies Record<string, EventKind>;
