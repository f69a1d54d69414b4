// Failures in Portuguese: those that people meet most.
import type { FailureTexts } from './texts.ts';

/** By code. */
export const commonFailures: FailureTexts = {
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
  'restore.no-copy': {
    detail: 'Ainda não há backup desse tipo nesse destino.',
    hint: 'Execute o backup primeiro, ou escolha outro destino.',
  },
  'restore.bad-target': {
    detail: 'Não dá para restaurar nessa pasta.',
    hint: 'Dê o caminho absoluto de uma pasta, como /srv/restaurado. Ela é criada se faltar.',
  },
  'restore.busy': {
    detail: 'Uma restauração já está em andamento.',
    hint: 'Espere ela terminar, ou cancele-a.',
  },
  'restore.not-found': {
    detail: 'Essa restauração não existe mais.',
    hint: 'O serviço lembra as mais novas até ser reiniciado. Comece de novo.',
  },
  'repository.no-such-snapshot': {
    detail: 'Esse instantâneo não existe mais.',
    hint: 'Volte à lista e escolha outro.',
  },
  'browse.no-such-path': {
    detail: 'Esse caminho não está neste instantâneo.',
    hint: 'Volte à pasta de cima, ou procure pelo nome.',
  },
  'drill.nothing-to-test': {
    detail: 'Nenhum backup desse tipo vai para esse destino.',
    hint: 'Escolha um destino que guarde um.',
  },
  'drill.going-on': { detail: 'Esse ensaio já está em andamento.', hint: 'Espere o relatório.' },
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
  'secrets.source-exists': { detail: 'Já há uma fonte com esse nome.', hint: 'Escolha outro nome.' },
  'secrets.bad-source-name': {
    detail: 'Esse não pode ser o nome de uma fonte.',
    hint: 'Use até 60 letras, dígitos, pontos, hifens e sublinhados.',
  },
  'breakglass.no-recovery-key': {
    detail: 'Ainda não há chave de recuperação, portanto ninguém abriria um backup.',
    hint: 'Realize antes a cerimônia, na própria máquina: orbit ceremony start.',
  },
  'backend.place-missing': {
    detail: 'A pasta, o compartilhamento ou o bucket não está lá.',
    hint: 'Monte ou recrie o lugar. O Orbit nunca o recria sozinho depois de usado, para um backup não cair ao lado do ponto de montagem.',
  },
  'backend.place-changed': {
    detail: 'Há outro sistema de arquivos na pasta: algo foi montado ou desmontado nesse meio-tempo.',
    hint: 'Nada foi gravado por baixo. Confira a montagem.',
  },
  'backend.no-space': {
    detail: 'O lugar está cheio.',
    hint: 'O que já estava guardado continua inteiro. Libere espaço e execute de novo.',
  },
  'backend.quota': {
    detail: 'A conta que o Orbit usa esgotou sua cota no lugar.',
    hint: 'Aumente a cota ou libere espaço.',
  },
  'backend.read-only': {
    detail: 'O lugar pode ser lido, mas não gravado.',
    hint: 'Confira se foi montado ou exportado só para leitura, ou se o disco deu erro.',
  },
  'backend.timeout': { detail: 'O lugar parou de responder no meio.', hint: 'O Orbit tenta de novo sozinho.' },
  'backend.input-output': {
    detail: 'O disco ou a montagem deu erro de entrada e saída.',
    hint: 'Olhe o log do kernel da máquina e a saúde do disco.',
  },
  'backend.stale': {
    detail: 'O servidor trocou o que exporta; a montagem aponta para algo que não existe mais.',
    hint: 'Desmonte (umount -f -l) e monte de novo.',
  },
  'backend.different-bytes': {
    detail: 'O que foi lido de volta não é o que foi enviado.',
    hint: 'O disco, a memória ou a linha do lugar danifica dados. Não confie nele antes de consertar.',
  },
  'backend.auth': {
    detail: 'O servidor não aceita a credencial do Orbit.',
    hint: 'Em SSH: ponha a linha mostrada em authorized_keys desse usuário.',
  },
  'backend.host-key-changed': {
    detail: 'A chave SSH do servidor não é a que foi fixada. Nada foi enviado.',
    hint: 'Compare a impressão digital no console do próprio servidor; orbit destination trust fixa a nova.',
  },
  'backend.host-key-unknown': {
    detail: 'Ninguém confirmou ainda a chave SSH do servidor.',
    hint: 'Compare a impressão digital e depois: orbit destination trust NOME --host-key SHA256:…',
  },
  'backend.bad-address': {
    detail: 'Servidor, porta ou usuário não pode ser usado.',
    hint: 'Um servidor é um nome ou endereço IP, uma porta vai de 1 a 65535.',
  },
  'backend.far-program-missing': {
    detail: 'Falta um programa na outra máquina.',
    hint: 'Instale lá o que a mensagem nomeia (rsync, por exemplo).',
  },
  'backend.clock-skewed': {
    detail: 'Os relógios diferem em mais de 15 minutos.',
    hint: 'Ligue o NTP nas duas máquinas.',
  },
  'backend.certificate': {
    detail: 'O certificado do servidor não é de confiança.',
    hint: 'Informe o certificado da sua autoridade, ou corrija o do servidor.',
  },
  'backend.protocol': {
    detail: 'O outro lado não fala o protocolo esperado.',
    hint: 'Muitas vezes é um script de login que imprime texto, ou outro serviço nessa porta.',
  },
  'destinations.bad-config': {
    detail: 'Faltam configurações, ou alguma está errada.',
    hint: 'A mensagem em inglês nomeia cada campo.',
  },
  'destinations.mount-unknown': {
    detail: 'A pasta deveria estar num ponto de montagem, mas nunca foi vista montada.',
    hint: 'Monte e depois: orbit destination trust NOME.',
  },
  'destinations.host-key-differs': {
    detail: 'O servidor mostra outra chave, não a confirmada.',
    hint: 'Compare de novo; se continuar diferente, alguém pode estar no meio.',
  },
  'destinations.not-kept': {
    detail: 'O teste leu de volta outros bytes do que gravou.',
    hint: 'O lugar danifica dados.',
  },
  'destinations.unknown': { detail: 'Não existe destino com esse nome.', hint: 'Atualize a página.' },
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
  'config.invalid': {
    detail: 'As configurações não podem ser usadas.',
    hint: 'A mensagem em inglês nomeia os campos.',
  },
  'recordings.no-reason': {
    detail: 'Para ver ou reter uma gravação é preciso um motivo, de 3 a 1000 caracteres.',
    hint: 'Diga para que serve, como o número de um chamado; fica guardado com seu nome.',
  },
  'recordings.no-copy': {
    detail: 'Nenhum destino tem mais esta gravação.',
    hint: 'A retenção descartou seus snapshots, ou o catálogo está desatualizado: orbit recording catalogue rebuild.',
  },
  'recordings.unknown': { detail: 'Não há gravação com esse id.', hint: 'Procure na lista de gravações.' },
  'recordings.damaged': {
    detail: 'A gravação está danificada a partir de um ponto.',
    hint: 'O que vem antes pode ser visto. Procure outra cópia dela.',
  },
  'recordings.not-allowed': {
    detail: 'Seu papel não pode fazer isso com gravações.',
    hint: 'Auditores e administradores assistem; administradores salvam e retêm.',
  },
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
  'api.not-for-tokens': {
    detail: 'Isto pertence à conta de uma pessoa, e um token não tem conta.',
    hint: 'Entre no console com sua conta.',
  },
  'api.foreign-site': {
    detail: 'O pedido não veio do console.',
    hint: 'Abra o próprio console.',
  },
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
  'jobs.plan-changed': {
    detail: 'O plano mudou depois de mostrado; nada foi removido.',
    hint: 'Veja o plano de novo.',
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
  'secrets.sudden-drop': {
    detail: 'A fonte perdeu mais segredos desde a última execução boa do que o permitido.',
    hint: 'Se for o esperado, aceite a queda com um motivo. Senão, confira a fonte e os direitos da credencial.',
  },
  'secrets.incomplete': {
    detail: 'A fonte diz ter mais segredos do que se conseguiu ler.',
    hint: 'Em geral a credencial pode listar, mas não ler, alguns deles.',
  },
  'secrets.unreachable': {
    detail: 'O servidor da fonte não responde.',
    hint: 'Confira o endereço, a rede e se o servidor está no ar.',
  },
  'secrets.untrusted': {
    detail: 'O certificado do servidor da fonte não é confiável.',
    hint: 'Informe o certificado da autoridade na configuração da fonte.',
  },
  'secrets.not-authorised': {
    detail: 'A fonte não aceita esta credencial, ou não a deixa ler esse lugar.',
    hint: 'Ela pode ter expirado, ou sua política não inclui o lugar.',
  },
  'secrets.refused': {
    detail: 'A fonte respondeu com um erro.',
    hint: 'A mensagem em inglês diz a qual chamada e por quê.',
  },
  'secrets.wrong-master-password': {
    detail: 'A chave de API está certa, mas a senha mestra não abre a conta Bitwarden dela.',
    hint: 'Confira a senha mestra.',
  },
  'profiles.bad-name': {
    detail: 'O nome de um perfil tem até 41 letras, dígitos, hifens e sublinhados.',
    hint: 'Escolha outro nome.',
  },
  'profiles.database-refused': {
    detail: 'O servidor de banco de dados não respondeu, ou não disse o que guarda.',
    hint: 'Confira se está no ar e se a conta do perfil pode ler tudo.',
  },
  'recordings.no-viewing': {
    detail: 'Esta visualização terminou.',
    hint: 'Abra a gravação de novo, com um motivo.',
  },
  'recordings.no-video-tool': {
    detail: 'Esta máquina não tem o ffmpeg ou uma fonte do console.',
    hint: 'No Debian: apt-get install ffmpeg console-setup-linux.',
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
  'backend.refused': {
    detail: 'O destino recusou.',
    hint: 'A mensagem em inglês traz as palavras dele.',
  },
  'backend.not-mounted': {
    detail: 'A partição não está mais montada onde o Orbit a montou. Nada foi escrito embaixo.',
    hint: 'Execute de novo: o Orbit monta outra vez.',
  },
  'backend.not-encrypted': {
    detail: 'O servidor não fala SMB 3 com criptografia.',
    hint: 'Ligue-a no servidor; sem ela só onde a linha é confiável.',
  },
  'backend.cannot-mount': {
    detail: 'Esta máquina não consegue montar esse compartilhamento.',
    hint: 'A mensagem em inglês diz o que falta. Para CIFS, o tipo SMB não precisa montar.',
  },
  'restore.in-the-way': {
    detail: 'No destino da restauração está algo que o Orbit não remove.',
    hint: 'Mova-o, ou restaure em uma pasta vazia.',
  },
  'restore.disk-full': {
    detail: 'Não há mais espaço onde se restaura.',
    hint: 'Libere espaço e comece de novo; o que está pronto não é escrito outra vez.',
  },
  'notify.channel-off': { detail: 'O canal está desligado.', hint: 'Ligue-o em Alertas, ou use outro canal.' },
  'notify.no-letters': {
    detail: 'Esse canal só leva eventos, não relatórios.',
    hint: 'Use um canal do tipo e-mail.',
  },
  'notify.no-such-channel': {
    detail: 'Não há canal com esse nome.',
    hint: 'Ele pode ter sido removido; escolha outro no relatório.',
  },
};
