// Failures in Portuguese: kits, shares, the recovery key.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const breakglassFailures: FailureTexts = {
  'breakglass.no-such-kit': {
    detail: 'Esse kit não foi comprovado nesse destino, ou a retenção o removeu.',
    hint: 'Escolha um da lista.',
  },
  'breakglass.weak-password': {
    detail: 'A senha mestra é fraca demais.',
    hint: 'Use seis palavras sem relação, ou deixe o Orbit gerar uma. Palavras comuns, nomes, datas e repetições quase não contam.',
  },
  'breakglass.previous-key-needed': {
    detail: 'Já existe uma chave de recuperação.',
    hint: 'Outra precisa abrir o que a atual abre: faça a cerimônia com a senha mestra atual ou com as partes.',
  },
  'breakglass.no-recovery-key': {
    detail: 'Ainda não há chave de recuperação, portanto ninguém abriria um backup.',
    hint: 'Realize antes a cerimônia, na própria máquina: orbit ceremony start.',
  },
  'breakglass.bad-recipient': {
    detail: 'Este destinatário está digitado errado, é uma chave privada ou de um tipo que não serve.',
    hint: 'Use uma chave age pública (age1…) ou uma chave SSH Ed25519 ou RSA pública.',
  },
  'breakglass.no-way-to-open': {
    detail: 'Assim nada abriria a chave de recuperação.',
    hint: 'Dê antes uma senha mestra, custodiantes ou um destinatário.',
  },
  'breakglass.wrong-password': {
    detail: 'Não abre com esta senha mestra.',
    hint: 'Atenção a maiúsculas, espaços e hifens.',
  },
  'breakglass.bad-envelope': {
    detail: 'Um envelope precisa de nome, de ao menos um grupo de segredos e de um destinatário.',
    hint: 'No máximo 40 envelopes.',
  },
  'breakglass.envelope-exists': {
    detail: 'Já existe um envelope com esse nome.',
    hint: 'Altere esse, ou escolha outro nome.',
  },
  'breakglass.bad-custodian': {
    detail: 'O nome do custodiante está vazio, é longo demais ou já existe.',
    hint: 'Cada custodiante é uma pessoa com nome próprio.',
  },
  'breakglass.custodian-twice': {
    detail: 'Um custodiante aparece duas vezes.',
    hint: 'Cada um guarda uma parte.',
  },
  'breakglass.custodian-holds-share': {
    detail: 'Este custodiante guarda uma parte do conjunto atual.',
    hint: 'Faça antes um novo conjunto.',
  },
  'breakglass.bad-threshold': {
    detail: 'Esse número de partes não é possível.',
    hint: 'De 2 a 10 partes abrem; custodiantes são ao menos esse número e no máximo 16.',
  },
  'breakglass.share-unknown-word': {
    detail: 'Uma palavra não está na lista das partes.',
    hint: 'Confira na folha; a mensagem em inglês diz qual e sugere parecidas.',
  },
  'breakglass.share-wrong-length': {
    detail: 'Uma parte tem 33 palavras.',
    hint: 'Confira se falta ou sobra alguma.',
  },
  'breakglass.share-mistyped': {
    detail: 'Todas as palavras existem, mas uma foi trocada por outra.',
    hint: 'Confira palavra por palavra na folha.',
  },
  'breakglass.too-few-shares': {
    detail: 'Faltam partes.',
    hint: 'Chame mais custodiantes deste conjunto.',
  },
  'breakglass.mixed-shares': {
    detail: 'Estas partes são de conjuntos diferentes.',
    hint: 'As folhas de um conjunto começam com as mesmas duas palavras.',
  },
  'breakglass.repeated-share': {
    detail: 'A mesma parte foi digitada duas vezes.',
    hint: 'Cada custodiante digita a sua.',
  },
  'breakglass.shares-do-not-fit': {
    detail: 'As partes estão íntegras, mas não formam uma chave.',
    hint: 'Uma delas não foi feita naquela cerimônia. Troque-a pela de outro custodiante.',
  },
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
    hint: 'Use outra cópia; se não houver, age e KeePassXC ainda podem abri-la, pelo README.txt.',
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
};
