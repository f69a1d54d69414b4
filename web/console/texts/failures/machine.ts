// Failures in Portuguese: what is backed up of the machine, and its programs.
import type { FailureTexts } from './texts.ts';

/** By code. */
export const machineFailures: FailureTexts = {
  'backup.bad-tag-file': {
    detail: 'O arquivo que marca pastas a excluir não pode ser usado.',
    hint: 'Dê só o nome, sem caminho.',
  },
  'backup.command-failed': {
    detail: 'Um comando cuja saída é guardada falhou; essa saída não foi copiada.',
    hint: 'Execute-o à mão e corrija.',
  },
  'backup.exclude-file': {
    detail: 'Um arquivo com exclusões não pode ser lido.',
    hint: 'Verifique o caminho e as permissões.',
  },
  'backup.missing-source': {
    detail: 'Uma pasta a proteger não existe.',
    hint: 'Monte-a ou corrija o caminho nas configurações.',
  },
  'backup.no-source': { detail: 'Não há nada a copiar.', hint: 'Escolha ao menos uma pasta.' },
  'backup.not-a-file': {
    detail: 'Deixou de ser um arquivo comum durante a leitura.',
    hint: 'A próxima execução vê o que é agora.',
  },
  'backup.paths-clash': { detail: 'Dois caminhos ficariam no mesmo lugar do backup.', hint: 'Renomeie um deles.' },
  'backup.unreadable': {
    detail: 'Um item não pode ser lido e ficou fora.',
    hint: 'Dê ao Orbit permissão de leitura, ou exclua-o.',
  },
  'backup.worker-crashed': {
    detail: 'Um processo de leitura terminou de repente.',
    hint: 'Verifique a memória da máquina; a próxima execução continua.',
  },
  'profiles.no-account': { detail: 'Não há conta para ler essa aplicação.', hint: 'Dê usuário e senha no perfil.' },
  'profiles.no-database': { detail: 'Não há esse banco de dados.', hint: 'Escolha um da lista.' },
  'profiles.no-file': { detail: 'Um arquivo que o perfil precisa não existe.', hint: 'Corrija o caminho no perfil.' },
  'profiles.no-raft-snapshot': {
    detail: 'O cofre não entregou um instantâneo do Raft.',
    hint: 'Verifique o endereço, o token e se ele usa Raft.',
  },
  'profiles.not-found': { detail: 'Não há perfil com esse nome.', hint: 'Recarregue a página.' },
  'profiles.sqlite-too-large': {
    detail: 'O banco SQLite é grande demais para uma cópia consistente.',
    hint: 'Copie-o com um comando próprio.',
  },
  'profiles.sqlite-unreadable': {
    detail: 'O banco SQLite não pode ser lido.',
    hint: 'Verifique as permissões e se o arquivo está inteiro.',
  },
  'profiles.unknown-kind': { detail: 'Não há esse tipo de perfil.', hint: 'Escolha um da lista.' },
  'program.not-found': {
    detail: 'Falta um programa que o Orbit precisa.',
    hint: 'Instale o pacote que o traz; orbit doctor diz qual.',
  },
  'program.timed-out': {
    detail: 'Um programa não terminou no tempo e foi parado.',
    hint: 'O lugar com que ele fala costuma estar fora do ar ou muito lento.',
  },
  'program.too-much-output': {
    detail: 'Um programa escreveu mais do que pode ser guardado.',
    hint: 'Limite a saída dele.',
  },
  'recordings.ambiguous': { detail: 'Mais de uma gravação começa assim.', hint: 'Dê mais dígitos.' },
  'recordings.bad-layout': {
    detail: 'A disposição das gravações não pode ser lida.',
    hint: 'Verifique os campos do modelo.',
  },
  'recordings.no-text': { detail: 'Esta gravação não tem texto.', hint: 'Só gravações de terminal têm.' },
  'recordings.not-here': { detail: 'Esta gravação não está nesse destino.', hint: 'Escolha outro destino.' },
  'recordings.video-failed': {
    detail: 'O vídeo não pôde ser feito.',
    hint: 'Verifique se o ffmpeg está instalado; a mensagem diz mais.',
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
  'recovery.service-not-stopped': { detail: 'Um serviço não pôde ser parado.', hint: 'Pare-o à mão e tente de novo.' },
  'stills.not-removed': {
    detail: 'Um instantâneo do sistema de arquivos não pôde ser removido.',
    hint: 'A próxima execução tenta de novo.',
  },
};
