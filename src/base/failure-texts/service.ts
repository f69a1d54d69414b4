// Failures in Portuguese: the service, what it is asked, channels, reports.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const serviceFailures: FailureTexts = {
  'api.not-allowed': { detail: 'Seu papel não permite isso.', hint: 'Peça a um administrador.' },
  'api.not-for-tokens': {
    detail: 'Isto pertence à conta de uma pessoa, e um token não tem conta.',
    hint: 'Entre no console com sua conta.',
  },
  'api.foreign-site': {
    detail: 'O pedido não veio do console.',
    hint: 'Abra o próprio console.',
  },
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
  'config.invalid': {
    detail: 'As configurações não podem ser usadas.',
    hint: 'A mensagem em inglês nomeia os campos.',
  },
  'config.secret-needed': {
    detail: 'O lugar é outro: senha, token ou chave precisam ser informados de novo.',
    hint: 'O que está guardado nunca é enviado a outro lugar além daquele para o qual foi informado. A mensagem em inglês nomeia os campos.',
  },
  'notify.unreachable': {
    detail: 'O receptor não pôde ser alcançado.',
    hint: 'As mensagens ficam guardadas e são enviadas depois.',
  },
  'notify.untrusted': {
    detail: 'O certificado do receptor não é de confiança. Nada foi enviado.',
    hint: 'Informe a autoridade do canal ou corrija o certificado.',
  },
  'notify.not-authorised': {
    detail: 'O receptor não deixou o Orbit entrar.',
    hint: 'Confira usuário, senha, segredo e direitos.',
  },
  'notify.refused': { detail: 'O receptor recusou a mensagem.', hint: 'Confira destinatários, remetente e endereço.' },
  'notify.channel-exists': { detail: 'Já existe um canal com esse nome.', hint: 'Escolha outro.' },
  'notify.channel-off': { detail: 'O canal está desligado.', hint: 'Ligue-o em Alertas, ou use outro canal.' },
  'notify.no-letters': {
    detail: 'Esse canal só leva eventos, não relatórios.',
    hint: 'Use um canal do tipo e-mail.',
  },
  'notify.no-such-channel': {
    detail: 'Não há canal com esse nome.',
    hint: 'Ele pode ter sido removido; escolha outro no relatório.',
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
};
