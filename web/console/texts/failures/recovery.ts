// Failures in Portuguese: kits, shares, the recovery key, drills.
import type { FailureTexts } from './texts.ts';

/** By code. */
export const recoveryFailures: FailureTexts = {
  'breakglass.ambiguous-secret': { detail: 'Mais de um segredo tem esse nome.', hint: 'Dê o identificador.' },
  'breakglass.bad-manifest': { detail: 'O manifesto do kit não pode ser lido.', hint: 'Use outro kit ou outra cópia.' },
  'breakglass.bad-share-link': {
    detail: 'O link da parte não vale: já foi usado, venceu ou é outro.',
    hint: 'Peça outro a um administrador.',
  },
  'breakglass.bad-signature': {
    detail: 'A assinatura do kit não confere: algo foi alterado.',
    hint: 'Não confie nesta cópia; use outra.',
  },
  'breakglass.bad-template': { detail: 'O modelo da página do kit está danificado.', hint: 'Reinstale o Orbit.' },
  'breakglass.damaged-file': {
    detail: 'Um arquivo do kit está danificado ou foi alterado.',
    hint: 'Use outra cópia; faça um novo backup.',
  },
  'breakglass.false-share': {
    detail: 'Uma das partes não é verdadeira.',
    hint: 'Teste cada parte sozinha e troque a que falhar.',
  },
  'breakglass.foreign-kit': {
    detail: 'O kit é de outra chave de recuperação.',
    hint: 'Use a chave com que ele foi selado.',
  },
  'breakglass.kit-differs': {
    detail: 'O kit não é igual à fonte.',
    hint: 'Verifique o armazenamento e faça um novo backup.',
  },
  'breakglass.miscounted-kit': {
    detail: 'O kit tem outro número de segredos do que diz o manifesto.',
    hint: 'Não confie nele; faça um novo backup.',
  },
  'breakglass.missing-file': {
    detail: 'Falta um arquivo do kit.',
    hint: 'Use outra cópia; verifique se alguém apagou algo no destino.',
  },
  'breakglass.newer-kit': {
    detail: 'O kit é de uma versão mais nova do Orbit.',
    hint: 'Use a versão que o fez, ou uma mais nova.',
  },
  'breakglass.no-custodian': {
    detail: 'Não há custodiante com esse nome.',
    hint: 'A página da recuperação mostra todos.',
  },
  'breakglass.no-master-password': {
    detail: 'Esta chave não tem senha mestra.',
    hint: 'Ela abre com partes de custodiantes ou com outra chave.',
  },
  'breakglass.no-own-key': { detail: 'Este custodiante não tem chave própria.', hint: 'Entregue a parte por link.' },
  'breakglass.no-share-set': {
    detail: 'Ainda não há partes distribuídas.',
    hint: 'Faça uma cerimônia com custodiantes.',
  },
  'breakglass.no-such-envelope': { detail: 'Não há envelope com esse nome.', hint: 'Recarregue a página.' },
  'breakglass.no-such-secret': { detail: 'Não há esse segredo no kit.', hint: 'Procure por parte do título.' },
  'breakglass.no-way-to-show': {
    detail: 'A parte não pode ser mostrada com segurança aqui.',
    hint: 'Use um link, ou um terminal.',
  },
  'breakglass.not-a-recovery-key': {
    detail: 'O arquivo não é uma chave de recuperação.',
    hint: 'Use recovery-key.age do destino.',
  },
  'breakglass.not-comparable': {
    detail: 'Esses kits não podem ser comparados sem abri-los.',
    hint: 'Compare kits da mesma instância, ou abra-os.',
  },
  'breakglass.proof-stopped': {
    detail: 'A leitura que comprova o kit parou sozinha.',
    hint: 'Em geral faltou memória: dê mais à máquina e refaça o backup.',
  },
  'breakglass.share-malformed': {
    detail: 'Isso não é uma parte: faltam palavras ou há um erro de digitação.',
    hint: 'Confira cada palavra com o papel.',
  },
  'breakglass.unknown-signer': {
    detail: 'O kit foi assinado por quem esta instância não conhece.',
    hint: 'Compare a impressão da assinatura antes de confiar.',
  },
  'breakglass.unreadable-file': {
    detail: 'Um arquivo do kit não pode ser lido.',
    hint: 'Verifique as permissões e o destino.',
  },
  'breakglass.wrong-key': {
    detail: 'Essa chave não abre isto.',
    hint: 'Use a chave ou a senha mestra com que foi selado.',
  },
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
