// Failures in Portuguese: drills.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const drillsFailures: FailureTexts = {
  'drill.nothing-to-test': {
    detail: 'Nenhum backup desse tipo vai para esse destino.',
    hint: 'Escolha um destino que guarde um.',
  },
  'drill.going-on': { detail: 'Esse ensaio já está em andamento.', hint: 'Espere o relatório.' },
  'drill.bad-report': {
    detail: 'O relatório do ensaio não pode ser lido.',
    hint: 'Use a cópia guardada, ou faça outro ensaio.',
  },
  'drill.bad-signature': {
    detail: 'A assinatura do relatório não confere: ele foi alterado.',
    hint: 'Não o aceite como prova.',
  },
  'drill.content-differs': {
    detail: 'Um arquivo restaurado não é igual ao backup.',
    hint: 'Não confie nesta cópia; verifique o repositório.',
  },
  'drill.damaged-repository': {
    detail: 'O repositório está danificado.',
    hint: 'Use outra cópia; repare com orbit repo repair.',
  },
  'drill.kit-missing': {
    detail: 'O kit mais novo não está no destino.',
    hint: 'Verifique se alguém apagou algo ali e faça um novo backup.',
  },
  'drill.kit-orphaned': {
    detail: 'O kit mais novo não abre com nenhuma chave desta instância.',
    hint: 'Faça um novo backup; guarde as chaves antigas.',
  },
  'drill.not-found': { detail: 'Não há ensaio com esse número.', hint: 'A lista mostra todos.' },
  'drill.not-restored': {
    detail: 'A amostra não pôde ser restaurada.',
    hint: 'A mensagem diz por quê; teste o destino.',
  },
  'drill.nothing-to-restore': { detail: 'O backup mais novo está vazio.', hint: 'Verifique o que a tarefa protege.' },
  'drill.report-missing': {
    detail: 'O arquivo do relatório não está mais aqui.',
    hint: 'Restaure a pasta de dados, ou faça outro ensaio.',
  },
  'drill.report-unwritten': {
    detail: 'O relatório não pôde ser gravado.',
    hint: 'Verifique espaço e permissões da pasta de dados.',
  },
  'drill.source-differs': {
    detail: 'O que não mudou na origem é diferente no backup.',
    hint: 'Verifique o disco da origem e o repositório.',
  },
  'drill.tables-missing': {
    detail: 'Faltam tabelas no banco restaurado.',
    hint: 'Verifique o dump e o que a conta pode ler.',
  },
};
