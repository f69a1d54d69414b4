// Portuguese: deleting snapshots.

export const deletion = {
  button: 'Apagar …',
  title: 'Apagar instantâneos em {{destination}}',
  lead: 'Escolha o que deve sair. Só em {{destination}}: as cópias em outros destinos ficam. Nada sai antes de você ver o plano.',
  choose: 'Escolher',
  chosen_one: '{{count}} escolhido.',
  chosen_other: '{{count}} escolhidos.',
  tooMany: 'No máximo {{count}} por vez.',
  plan: 'Mostrar o que se perderia',
  back: 'Escolher outros',
  nothing: 'Nenhum destes pode ser apagado.',
  appendOnlyHint: 'É o que protege os backups de quem tomar esta máquina.',
  loses_one: 'Perdido para sempre em {{destination}}: {{count}} instantâneo',
  loses_other: 'Perdidos para sempre em {{destination}}: {{count}} instantâneos',
  losesHint: 'O que não está em nenhum outro instantâneo não poderá mais ser restaurado.',
  left_one: '{{count}} instantâneo fica lá.',
  left_other: '{{count}} instantâneos ficam lá.',
  stays_one: '{{count}} fica',
  stays_other: '{{count}} ficam',
  why: {
    newest: 'o mais novo de sua máquina nunca é apagado',
    'newest-good': 'o mais novo que uma execução fez sem falha nunca é apagado',
  },
  frees: 'Liberar o espaço já',
  freesHint:
    'Lê todo o índice e regrava o que está em uso parcial: pode demorar. Sem isso, o espaço é liberado quando a retenção remover algo, ou por orbit repo prune.',
  spaceLater: 'O espaço é liberado quando a retenção remover algo, ou por orbit repo prune.',
  confirm: 'Para confirmar, digite o nome do destino: {{destination}}',
  waits: 'Um segundo administrador precisa aprovar',
  waitsHint:
    'O pedido foi feito e avisado; ele é aprovado em Pessoas, Quatro olhos. Depois escolha os mesmos instantâneos e apague de novo: passa uma vez.',
  go_one: 'Apagar para sempre',
  go_other: 'Apagar {{count}} para sempre',
  done_one: '{{count}} instantâneo foi apagado.',
  done_other: '{{count}} instantâneos foram apagados.',
  gone: 'Esse instantâneo não está mais lá. Este é o mais novo.',
};
