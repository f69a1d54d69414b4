// Failures in Portuguese: the service, accounts, reports.
import type { FailureTexts } from './texts.ts';

/** By code. */
export const serviceFailures: FailureTexts = {
  'accounts.no-provider': {
    detail: 'Não há provedor de identidade configurado.',
    hint: 'Entre com nome e senha, ou configure o provedor em Pessoas.',
  },
  'accounts.no-such-scope': { detail: 'Não existe esse escopo.', hint: 'orbit token scopes mostra todos.' },
  'api.address-in-use': {
    detail: 'Outro programa já usa esse endereço.',
    hint: 'Pare-o, ou escolha outro com --listen.',
  },
  'api.answer-not-kept': {
    detail: 'O pedido foi feito, e a resposta continha algo que só aparece uma vez.',
    hint: 'Ela não é mostrada de novo; crie outro se não a guardou.',
  },
  'api.bad-address': { detail: 'Isso não é um endereço nem uma rede.', hint: 'Use 192.0.2.7 ou 10.0.0.0/8.' },
  'api.bad-range': { detail: 'O pedaço pedido está além do fim.', hint: 'Peça desde o começo.' },
  'api.bad-request': {
    detail: 'O pedido não tem a forma esperada.',
    hint: 'Recarregue a página; a documentação da API diz o que cada campo aceita.',
  },
  'api.bug': {
    detail: 'Aconteceu algo que não devia, por um erro nosso.',
    hint: 'Tente de novo; se persistir, envie o relatório de saúde ao suporte.',
  },
  'api.foreign-host': {
    detail: 'O serviço não responde por esse nome.',
    hint: 'Use http://localhost e a porta, por um túnel SSH, ou dê um certificado ao serviço.',
  },
  'api.idempotency-key-used': {
    detail: 'Essa chave de idempotência já foi usada para outro pedido.',
    hint: 'Use uma chave própria para cada coisa a fazer.',
  },
  'api.needs-tls': {
    detail: 'Fora desta máquina o serviço só atende com TLS.',
    hint: 'Dê um certificado, ou use --tls.',
  },
  'api.no-such-route': { detail: 'Não há nada nesse endereço da API.', hint: 'A documentação da API mostra todos.' },
  'api.still-doing': {
    detail: 'O primeiro pedido com essa chave ainda está em andamento.',
    hint: 'Pergunte de novo em instantes, com a mesma chave.',
  },
  'approvals.not-found': {
    detail: 'Não há pedido de aprovação com esse número.',
    hint: 'Ele pode ter vencido; peça de novo.',
  },
  'audit.broken': {
    detail: 'A cadeia da trilha de auditoria está quebrada: algo foi alterado ou removido.',
    hint: 'Compare com o que o SIEM recebeu; a mensagem diz em qual entrada.',
  },
  'audit.empty': { detail: 'A trilha de auditoria ainda está vazia.', hint: 'Ela começa com a primeira mudança.' },
  'audit.head-missing': {
    detail: 'A entrada esperada não está na trilha: falta o fim dela.',
    hint: 'Compare com o SIEM e com os backups, que guardam as cabeças.',
  },
  'jobs.no-retention': {
    detail: 'Esta tarefa não tem regra de retenção.',
    hint: 'Defina uma nas configurações; sem ela, tudo fica.',
  },
  'jobs.no-such-run': { detail: 'Não há execução com esse número.', hint: 'A história mostra todas.' },
  'jobs.not-found': { detail: 'Não há tarefa com esse nome.', hint: 'orbit job list mostra todas.' },
  'jobs.not-of-kind': { detail: 'Isso não vale para tarefas desse tipo.', hint: 'A mensagem diz para qual tipo vale.' },
  'jobs.stopped': {
    detail: 'O serviço foi parado durante a execução.',
    hint: 'Ela recomeça no próximo início; o que foi gravado é aproveitado.',
  },
  'jobs.unexpected': {
    detail: 'A execução terminou por um erro inesperado.',
    hint: 'A mensagem e o log dizem mais; envie o relatório de saúde ao suporte.',
  },
  'notify.no-open-incident': {
    detail: 'Não há incidente aberto com esse número.',
    hint: 'Ele pode ter se encerrado sozinho.',
  },
  'notify.unknown-kind': { detail: 'Não há esse tipo de canal.', hint: 'Escolha um da lista.' },
  'reports.in-the-clear': {
    detail: 'Este relatório traz o nome de cada segredo, e o canal envia sem criptografia.',
    hint: 'Use um canal com STARTTLS ou TLS.',
  },
  'reports.name-taken': {
    detail: 'Já existe um relatório com esse nome.',
    hint: 'Escolha outro, ou altere o que existe.',
  },
  'reports.no-such-report': {
    detail: 'Não há relatório com esse nome.',
    hint: 'Ele pode ter sido removido; recarregue a página.',
  },
  'retention.bad-grouping': {
    detail: 'Os backups não podem ser agrupados assim.',
    hint: 'Agrupe por máquina, caminhos ou etiquetas.',
  },
  'retention.bad-span': { detail: 'Isso não é um período.', hint: 'Escreva por exemplo 7d, 4m ou 1y6m.' },
  'retention.empty-policy': { detail: 'A regra não mantém nada.', hint: 'Diga quantos ficam, ou por quanto tempo.' },
  'retention.keeps-nothing': { detail: 'A regra descartaria todos os backups.', hint: 'Mantenha ao menos um.' },
  'retention.last-snapshot': {
    detail: 'Este é o último backup bom, e ele nunca é descartado.',
    hint: 'Faça outro antes.',
  },
  'retention.protected': {
    detail: 'Este backup está protegido ou sob retenção legal.',
    hint: 'Encerre a proteção antes, com o motivo.',
  },
};
