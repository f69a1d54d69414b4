// The failures that people meet in the console most, in Portuguese, by their code. Others are shown as the service tells them.

/** What happened, and what to do; names come from the English message. */
export const failuresInPortuguese: Record<string, { detail: string; hint: string }> = {
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
  'api.not-allowed': { detail: 'Seu papel não permite isso.', hint: 'Peça a um administrador.' },
  'console.unreachable': {
    detail: 'O Orbit não responde.',
    hint: 'O serviço está rodando? A página tenta de novo sozinha.',
  },
  'destinations.name-taken': { detail: 'Já existe um destino com esse nome.', hint: 'Escolha outro nome.' },
  'destinations.bad-name': {
    detail: 'Esse não pode ser o nome de um destino.',
    hint: 'Nomes têm até 63 letras, dígitos, espaços, pontos, hifens e sublinhados.',
  },
  'destinations.host-key-unconfirmed': {
    detail: 'Ninguém confirmou ainda que este é o servidor certo.',
    hint: 'Mostre a impressão digital e compare com o console do próprio servidor.',
  },
  'destinations.emptied': {
    detail: 'O lugar não é mais o que era: write_test sumiu.',
    hint: 'Falta montar algo por lá? Se a pasta foi esvaziada de propósito: orbit destination test NOME --accept-empty.',
  },
  'destinations.not-mounted': {
    detail: 'A pasta não está no ponto de montagem esperado.',
    hint: 'Monte de novo. Nada foi gravado: um backup sob um ponto de montagem vazio encheria o disco desta máquina.',
  },
  'backend.unreachable': {
    detail: 'O lugar não pôde ser alcançado.',
    hint: 'Confira nome, porta, rede e firewall, e se o servidor está ligado.',
  },
  'backend.not-found': { detail: 'A pasta não existe lá.', hint: 'Crie a pasta ou corrija o caminho.' },
  'backend.permission': {
    detail: 'O lugar não permite isso a este usuário.',
    hint: 'Dê a ele direito de escrita na pasta.',
  },
  'jobs.already-running': {
    detail: 'Este backup já está em andamento.',
    hint: 'O resultado dele cobre o que você pediu.',
  },
  'jobs.bad-schedule': {
    detail: 'Isso não é um agendamento.',
    hint: 'Cinco campos: minuto, hora, dia, mês, dia da semana. Todos os dias às cinco: 0 5 * * *.',
  },
  'jobs.no-folder': {
    detail: 'O backup dos arquivos de sessão ainda não tem pasta.',
    hint: 'Informe a pasta que guarda as gravações.',
  },
  'jobs.no-destination': {
    detail: 'Este backup não tem destino.',
    hint: 'Escolha um em Configurações de backup.',
  },
  'breakglass.no-recovery-key': {
    detail: 'Ainda não há chave de recuperação, portanto ninguém abriria um backup.',
    hint: 'Realize antes a cerimônia, na própria máquina: orbit ceremony start.',
  },
};
