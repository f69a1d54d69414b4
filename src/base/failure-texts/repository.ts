// Failures in Portuguese: repositories: reading, checking, tidying.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const repositoryFailures: FailureTexts = {
  'repository.no-such-snapshot': {
    detail: 'Esse instantâneo não existe mais.',
    hint: 'Volte à lista e escolha outro.',
  },
  'repository.no-room-for-index': {
    detail: 'O índice do repositório é grande demais para a memória, e não há lugar para ele no disco deste servidor.',
    hint: 'Libere espaço em /var/tmp (cerca de 100 bytes por bloco), ou indique outra pasta em TMPDIR.',
  },
  'repository.wrong-password': {
    detail: 'A senha não abre o repositório.',
    hint: 'Confira a senha.',
  },
  'repository.locked': {
    detail: 'Outro trabalho usa o repositório de um modo que não combina com este.',
    hint: 'Espere que termine; a mensagem em inglês diz de quem é.',
  },
  'repository.not-found': {
    detail: 'Não há repositório nesse lugar.',
    hint: 'Confira o caminho, e se a partição está montada.',
  },
  'repository.ambiguous-snapshot': { detail: 'Mais de um instantâneo começa assim.', hint: 'Dê mais dígitos.' },
  'repository.blob-missing': {
    detail: 'Um bloco que o backup precisa não está no repositório.',
    hint: 'Use outra cópia; repare com orbit repo repair.',
  },
  'repository.damaged-file': {
    detail: 'Um arquivo do repositório está danificado.',
    hint: 'Use outra cópia; verifique o armazenamento do destino.',
  },
  'repository.damaged-pack': {
    detail: 'Um pacote do repositório está danificado.',
    hint: 'Use outra cópia; repare com orbit repo repair packs.',
  },
  'repository.exists': { detail: 'Já existe um repositório ali.', hint: 'Use-o, ou escolha outra pasta.' },
  'repository.invalid-key': {
    detail: 'Um arquivo de chave do repositório não pode ser lido.',
    hint: 'Use outro; há uma cópia em cada destino.',
  },
  'repository.key-in-use': {
    detail: 'Esta é a chave com que o repositório foi aberto; ela não é removida.',
    hint: 'Abra com outra antes.',
  },
  'repository.lock-lost': {
    detail: 'Outra pessoa removeu a trava do repositório durante o trabalho.',
    hint: 'Tente de novo; não use unlock enquanto algo roda.',
  },
  'repository.pack-missing': {
    detail: 'Um pacote do repositório não está no destino.',
    hint: 'Verifique se alguém apagou algo ali; use outra cópia.',
  },
  'repository.verification-failed': {
    detail: 'O que foi gravado não é lido de volta como foi gravado.',
    hint: 'Não confie nesta cópia; verifique o armazenamento e faça um novo backup.',
  },
  'browse.no-such-path': {
    detail: 'Esse caminho não está neste instantâneo.',
    hint: 'Volte à pasta de cima, ou procure pelo nome.',
  },
  'browse.content-missing': {
    detail: 'Parte do conteúdo não está no repositório.',
    hint: 'Use outra cópia, e verifique este repositório com orbit repo check.',
  },
  'browse.not-a-file': { detail: 'Isso não é um arquivo.', hint: 'Escolha um arquivo.' },
  'browse.not-a-folder': { detail: 'Isso não é uma pasta.', hint: 'Escolha uma pasta.' },
  'check.bad-share': { detail: 'Essa fração não pode ser lida.', hint: 'Escreva por exemplo 1/10.' },
  'check.bad-subset': { detail: 'Essa parte não pode ser lida.', hint: 'Escreva por exemplo 10%, 1/5 ou 2G.' },
  'check.worker-crashed': {
    detail: 'Um processo de verificação terminou de repente.',
    hint: 'Verifique a memória da máquina e tente de novo.',
  },
  'copy.worker-crashed': {
    detail: 'Um processo da cópia terminou de repente; nenhum snapshot incompleto foi anunciado.',
    hint: 'Tente de novo: ela continua de onde parou. Se acontecer outra vez, dê mais memória à máquina.',
  },
  'forget.stopped': {
    detail: 'O descarte parou no meio; o que foi removido está removido.',
    hint: 'A mensagem diz por quê. Tente de novo.',
  },
  'parity.bad-share': {
    detail: 'Essa proporção de correção não pode ser usada.',
    hint: 'Escolha de 1 a 50 por cento.',
  },
  'patterns.malformed': { detail: 'Esse padrão não pode ser lido.', hint: 'Verifique colchetes e barras.' },
  'prune.blobs-missing': {
    detail: 'Faltam dados que os backups precisam; nada foi removido.',
    hint: 'Execute orbit repo check e repare antes.',
  },
  'prune.changed-meanwhile': {
    detail: 'O repositório mudou enquanto era planejado; nada foi removido.',
    hint: 'Tente de novo.',
  },
  'prune.damaged-pack': {
    detail: 'Um pacote está danificado; ele não foi tocado.',
    hint: 'Execute orbit repo check --read-data e repare antes.',
  },
  'prune.disputed': {
    detail: 'Dois índices dizem coisas diferentes do mesmo pacote; nada foi removido.',
    hint: 'Execute orbit repo repair index.',
  },
  'prune.not-stored': {
    detail: 'Um pacote novo não ficou gravado; nada foi removido.',
    hint: 'Verifique o armazenamento do destino.',
  },
  'prune.pack-size': {
    detail: 'Um pacote tem outro tamanho que o índice diz; nada foi removido.',
    hint: 'Execute orbit repo repair index.',
  },
  'prune.packs-missing': {
    detail: 'Faltam pacotes no destino; nada foi removido.',
    hint: 'Execute orbit repo check e repare antes.',
  },
  'prune.unreadable': {
    detail: 'Algo que os backups precisam não pôde ser lido; nada foi removido.',
    hint: 'Verifique o destino e tente de novo.',
  },
  'tree.damaged': {
    detail: 'A lista de uma pasta no backup está danificada.',
    hint: 'Use outra cópia; repare com orbit repo repair snapshots.',
  },
  'tree.hostile-name': {
    detail: 'Um nome no backup sairia da pasta de destino; ele foi recusado.',
    hint: 'Nada foi escrito fora. Descubra de onde vem esse backup.',
  },
};
