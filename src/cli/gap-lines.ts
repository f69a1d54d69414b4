// What is not protected, or not told, yet, for the terminal: one line each, and the command that mends it.
import type { Gap } from '../api/schemas/overview.ts';
import type { Bilingual, Language } from '../base/language.ts';

const texts: Record<Gap['what'], Bilingual & { cure: string }> = {
  'no-recovery-key': {
    en: 'nobody could open a backup: there is no recovery key',
    pt: 'ninguém abriria um backup: não há chave de recuperação',
    cure: 'orbit ceremony start',
  },
  'no-place': {
    en: 'there is no destination: nothing is backed up',
    pt: 'não há destino: nada tem backup',
    cure: 'orbit destination add --help',
  },
  'only-this-machine': {
    en: 'all copies lie on this machine: its loss would take them along',
    pt: 'todas as cópias estão nesta máquina: se ela se perder, elas vão junto',
    cure: 'orbit destination add --help',
  },
  'recordings-off': {
    en: 'session recordings: switched off',
    pt: 'gravações de sessão: desligadas',
    cure: 'orbit job set {subject} --enable --folder /path',
  },
  'job-off': {
    en: 'the backup {subject} is switched off',
    pt: 'o backup {subject} está desligado',
    cure: 'orbit job set {subject} --enable',
  },
  'no-destination': {
    en: 'the backup {subject} has no destination',
    pt: 'o backup {subject} não tem destino',
    cure: 'orbit job set {subject} --destination NAME',
  },
  'never-ran': {
    en: 'the backup {subject} has no copy yet',
    pt: 'o backup {subject} ainda não tem cópia',
    cure: 'orbit backup create',
  },
  'one-way-to-open': {
    en: 'the master password is the only way to the recovery key: if it is lost, so is everything',
    pt: 'a senha mestra é o único caminho até a chave de recuperação: se ela se perder, tudo se perde',
    cure: 'orbit custodian --help',
  },
  'not-append-only': {
    en: 'no destination is proven append-only: whoever takes this server could delete the copies',
    pt: 'nenhum destino provou aceitar só acréscimos: quem tomar este servidor poderia apagar as cópias',
    cure: 'orbit destination authorize --help',
  },
  'nobody-told': {
    en: 'nobody is told when a backup fails',
    pt: 'ninguém é avisado quando um backup falha',
    cure: 'orbit channel add --help',
  },
};

/** The gaps as lines, each followed by its command. */
export function gapLines(gaps: readonly Gap[], language: Language): string[] {
  return gaps.flatMap(({ what, subject = '' }) => {
    const text = texts[what];
    return [`  – ${text[language]}`, `      ${text.cure}`].map((line) => line.replace('{subject}', subject));
  });
}
