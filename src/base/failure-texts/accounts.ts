// Failures in Portuguese: who signs in, what waits for a second person, the audit trail.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const accountsFailures: FailureTexts = {
  'accounts.wrong-password': {
    detail: 'Não há conta com esse nome e essa senha.',
    hint: 'Confira o teclado e o Caps Lock. Um administrador pode criar um link para uma nova senha.',
  },
  'accounts.current-password-wrong': { detail: 'A senha atual é outra.', hint: 'Nada foi alterado.' },
  'accounts.too-many-attempts': {
    detail: 'Muitas tentativas de entrada recusadas.',
    hint: 'Espere até um quarto de hora e tente de novo.',
  },
  'accounts.weak-password': {
    detail: 'A senha é fraca demais.',
    hint: 'Use quatro palavras sem relação, ou um gerenciador de senhas. Nomes, datas e sequências do teclado quase não contam.',
  },
  'accounts.bad-link': {
    detail: 'Este link já foi usado ou tem mais de um dia.',
    hint: 'Na própria máquina, orbit account reset NOME mostra um novo; sem nenhuma conta, orbit serve mostra.',
  },
  'accounts.bad-name': {
    detail: 'Esse não pode ser o nome de uma conta.',
    hint: 'Nomes têm até 63 letras, dígitos, pontos, hifens, sublinhados e arrobas.',
  },
  'accounts.name-taken': { detail: 'Esse nome já existe.', hint: 'Escolha outro.' },
  'accounts.last-administrator': {
    detail: 'Essa é a única conta de administrador que pode entrar.',
    hint: 'Crie outra antes.',
  },
  'accounts.not-signed-in': { detail: 'Seu acesso terminou.', hint: 'Entre de novo.' },
  'accounts.code-needed': {
    detail: 'Esta conta pede também um código de uso único.',
    hint: 'Digite os seis dígitos do autenticador, ou um código de recuperação.',
  },
  'accounts.codes-are-on': {
    detail: 'A conta já tem códigos de uso único.',
    hint: 'Desligue-os antes de configurar outro autenticador.',
  },
  'accounts.wrong-code': {
    detail: 'O código está errado, é antigo ou já foi usado.',
    hint: 'Espere o próximo; o relógio do telefone pode diferir meio minuto.',
  },
  'accounts.passkey-needs-name': {
    detail: 'O navegador só guarda chaves de acesso para um nome, não para um endereço IP.',
    hint: 'Abra o console por http://localhost:7420, ou por TLS com o nome da máquina.',
  },
  'accounts.passkey-refused': {
    detail: 'A chave de acesso não serve aqui, ou seu dono não foi verificado.',
    hint: 'Comece de novo na página de entrada.',
  },
  'accounts.provider-refused': {
    detail: 'O provedor de identidade recusou, ou essa pessoa não pode entrar aqui.',
    hint: 'A mensagem em inglês diz por quê.',
  },
  'accounts.provider-unreachable': {
    detail: 'O provedor de identidade não respondeu, ou seu certificado não é confiável.',
    hint: 'Contas locais continuam entrando.',
  },
  'accounts.not-found': {
    detail: 'Essa conta ou esse token não existe.',
    hint: 'Atualize a lista.',
  },
  'accounts.more-than-own': {
    detail: 'Ninguém dá a outros o que não pode fazer.',
    hint: 'Peça menos, ou peça a um administrador.',
  },
  'accounts.expires-in-the-past': {
    detail: 'O fim do token já passou.',
    hint: 'Escolha um dia futuro.',
  },
  'accounts.no-provider': {
    detail: 'Não há provedor de identidade configurado.',
    hint: 'Entre com nome e senha, ou configure o provedor em Pessoas.',
  },
  'accounts.no-such-scope': { detail: 'Não existe esse escopo.', hint: 'orbit token scopes mostra todos.' },
  'approvals.waiting': {
    detail: 'Isto espera um segundo administrador.',
    hint: 'Outro administrador aprova em Conta > Aprovações. Depois faça o mesmo de novo.',
  },
  'approvals.own': {
    detail: 'Quem pediu não pode aprovar.',
    hint: 'Outro administrador aprova.',
  },
  'approvals.needs-person': {
    detail: 'Só uma pessoa que entrou aprova; um token não.',
    hint: 'Entre no console com sua conta.',
  },
  'approvals.decided': {
    detail: 'O pedido já foi decidido ou usado, ou expirou.',
    hint: 'Quem ainda quiser pede de novo.',
  },
  'approvals.not-proved': {
    detail: 'A senha não é de uma conta de administrador, ou a conta usa códigos de uso único.',
    hint: 'Contas com códigos decidem no console.',
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
};
