// Failures in Portuguese: what is put back, a machine rebuilt.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const restoreFailures: FailureTexts = {
  'restore.no-copy': {
    detail: 'Ainda não há backup desse tipo nesse destino.',
    hint: 'Execute o backup primeiro, ou escolha outro destino.',
  },
  'restore.bad-target': {
    detail: 'Não dá para restaurar nessa pasta.',
    hint: 'Dê o caminho absoluto de uma pasta, como /srv/restaurado. Ela é criada se faltar.',
  },
  'restore.busy': {
    detail: 'Uma restauração já está em andamento.',
    hint: 'Espere ela terminar, ou cancele-a.',
  },
  'restore.not-found': {
    detail: 'Essa restauração não existe mais.',
    hint: 'O serviço lembra as mais novas até ser reiniciado. Comece de novo.',
  },
  'restore.in-the-way': {
    detail: 'No destino da restauração está algo que o Orbit não remove.',
    hint: 'Mova-o, ou restaure em uma pasta vazia.',
  },
  'restore.disk-full': {
    detail: 'Não há mais espaço onde se restaura.',
    hint: 'Libere espaço e comece de novo; o que está pronto não é escrito outra vez.',
  },
  'restore.content-missing': {
    detail: 'Parte do conteúdo não está no repositório; o resto foi restaurado.',
    hint: 'Use outra cópia para o que falta.',
  },
  'restore.entry-failed': {
    detail: 'Um item não pôde ser restaurado; os outros foram.',
    hint: 'A mensagem diz qual e por quê.',
  },
  'restore.nothing-sealed': { detail: 'Não há nada selado ali para restaurar.', hint: 'Escolha outro backup.' },
  'restore.read-only': { detail: 'O lugar da restauração só permite leitura.', hint: 'Escolha outra pasta.' },
  'restore.target-unusable': {
    detail: 'Não é possível restaurar nesse lugar.',
    hint: 'Escolha uma pasta que exista e onde se possa gravar.',
  },
  'restore.verify-failed': {
    detail: 'Um arquivo restaurado não é igual ao backup.',
    hint: 'Verifique o disco e restaure de novo.',
  },
  'restore.worker-crashed': {
    detail: 'Um processo da restauração terminou de repente.',
    hint: 'Verifique a memória da máquina e tente de novo; o que está pronto fica.',
  },
  'recovery.bad-facts': {
    detail: 'O que o backup diz da máquina não pode ser lido.',
    hint: 'Use um backup mais novo.',
  },
  'recovery.database-not-restored': {
    detail: 'Um banco de dados não pôde ser restaurado.',
    hint: 'A mensagem diz qual e por quê; os outros foram.',
  },
  'recovery.no-backup': { detail: 'Não há backup do sistema nesse lugar.', hint: 'Verifique o destino e a máquina.' },
  'recovery.not-mounted': { detail: 'A raiz da máquina nova não está montada.', hint: 'Monte-a e tente de novo.' },
  'recovery.not-kept': {
    detail: 'Algo que seria sobrescrito não pôde ser guardado antes.',
    hint: 'Nada foi sobrescrito. Corrija ou mova o que a mensagem cita e tente de novo.',
  },
  'recovery.service-not-stopped': { detail: 'Um serviço não pôde ser parado.', hint: 'Pare-o à mão e tente de novo.' },
};
