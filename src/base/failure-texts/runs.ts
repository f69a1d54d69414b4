// Failures in Portuguese: jobs and runs, what is read of the machine, programs.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const runsFailures: FailureTexts = {
  'jobs.already-running': {
    detail: 'Este backup já está em andamento.',
    hint: 'O resultado dele cobre o que você pediu.',
  },
  'jobs.bad-schedule': {
    detail: 'Isso não é um agendamento.',
    hint: 'Cinco campos: minuto, hora, dia, mês, dia da semana. Todos os dias às cinco: 0 5 * * *.',
  },
  'jobs.bad-time-zone': {
    detail: 'Esse fuso horário não existe.',
    hint: 'Informe um como o sistema os chama: America/Sao_Paulo, Europe/Lisbon, UTC. Vazio, vale o da máquina.',
  },
  'jobs.no-folder': {
    detail: 'O backup dos arquivos de sessão ainda não tem pasta.',
    hint: 'Informe a pasta que guarda as gravações.',
  },
  'jobs.no-destination': {
    detail: 'Este backup não tem destino.',
    hint: 'Escolha um em Configurações de backup.',
  },
  'jobs.interrupted': {
    detail: 'O processo deste backup terminou antes do fim.',
    hint: 'Execute de novo: o que já foi guardado é aproveitado. Procure uma queda, um disco cheio ou falta de energia nessa hora.',
  },
  'jobs.run-not-live': {
    detail: 'Esta execução não está em andamento neste serviço.',
    hint: 'Ela terminou, ou outro programa a executa.',
  },
  'jobs.foreign-repository': {
    detail: 'O repositório do destino tem outra senha: outro Orbit o criou.',
    hint: 'Dê a este um lugar próprio.',
  },
  'jobs.plan-changed': {
    detail: 'O plano mudou depois de mostrado; nada foi removido.',
    hint: 'Veja o plano de novo.',
  },
  'jobs.must-stay': {
    detail: 'O backup bom mais novo e o que está protegido nunca são apagados; nada foi apagado.',
    hint: 'Deixe-os de fora. Uma proteção é encerrada antes, por quem pode; o mais novo pode sair quando houver outro.',
  },
  'jobs.append-only': {
    detail: 'Neste destino nada pode ser apagado a partir daqui: ele só aceita acréscimos.',
    hint: 'Isso protege os backups de quem tomar esta máquina. Apague no próprio lugar, com um acesso que possa.',
  },
  'jobs.nothing-to-delete': {
    detail: 'Alguns dos instantâneos escolhidos não estão mais no destino; nada foi apagado.',
    hint: 'Veja a lista de instantâneos de novo.',
  },
  'jobs.unknown-copy': {
    detail: 'Nenhuma execução fez uma cópia com esse nome.',
    hint: 'Escolha a cópia na lista de execuções.',
  },
  'jobs.legal-hold-not-allowed': {
    detail: 'Só administradores iniciam e encerram retenções legais.',
    hint: 'Operadores podem proteger o backup, o que também o mantém.',
  },
  'jobs.hook-failed': {
    detail: 'Um programa de antes ou depois do backup falhou ou demorou demais.',
    hint: 'Veja a saída dele, e se o que ele parou voltou a funcionar.',
  },
  'jobs.behind': {
    detail: 'Este destino ficou para trás: era lento demais ou faltava algo nele.',
    hint: 'Ele se atualiza sozinho a partir de outro destino.',
  },
  'jobs.bad-maintenance': {
    detail: 'A manutenção precisa de um fim, dentro de sete dias.',
    hint: 'Pode ser prolongada enquanto dura.',
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
  'profiles.bad-name': {
    detail: 'O nome de um perfil tem até 41 letras, dígitos, hifens e sublinhados.',
    hint: 'Escolha outro nome.',
  },
  'profiles.database-refused': {
    detail: 'O servidor de banco de dados não respondeu, ou não disse o que guarda.',
    hint: 'Confira se está no ar e se a conta do perfil pode ler tudo.',
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
  'stills.not-removed': {
    detail: 'Um instantâneo do sistema de arquivos não pôde ser removido.',
    hint: 'A próxima execução tenta de novo.',
  },
};
