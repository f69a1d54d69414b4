// Failures in Portuguese: where backups are kept.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const placesFailures: FailureTexts = {
  'backend.unreachable': {
    detail: 'O lugar não pôde ser alcançado.',
    hint: 'Confira nome, porta, rede e firewall, e se o servidor está ligado.',
  },
  'backend.permission': {
    detail: 'O lugar não permite isso a este usuário.',
    hint: 'Dê a ele direito de escrita na pasta.',
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
    detail:
      'Esta máquina não pode montar esse compartilhamento: falta ser root, o módulo do núcleo ou o programa que monta. A linha em inglês diz qual.',
    hint: 'Root: execute o Orbit como root, ou monte você mesmo e adicione como pasta em uma montagem. Módulo: modprobe cifs ou nfs. Programa: apt-get install cifs-utils ou nfs-common. Para CIFS, o tipo SMB sem montagem não precisa de nada disso.',
  },
  'backend.bad-host-key': {
    detail: 'Isso não é uma chave de servidor SSH.',
    hint: 'Copie a linha inteira, com o tipo e a chave.',
  },
  'backend.bad-key': {
    detail: 'Esse nome não pode ser usado no destino.',
    hint: 'É um erro nosso: envie o relatório de saúde ao suporte.',
  },
  'backend.bad-mount-option': {
    detail: 'Essa opção de montagem não é aceita.',
    hint: 'Credenciais nunca são opções; use os campos próprios.',
  },
  'backend.closed': { detail: 'A conexão com o destino já foi encerrada.', hint: 'Tente de novo.' },
  'backend.far-commands-unknown': {
    detail: 'O servidor não diz quais comandos permite.',
    hint: 'Verifique a linha em authorized_keys.',
  },
  'backend.in-use': {
    detail: 'O arquivo está em uso no destino.',
    hint: 'Espere, ou encerre o programa que o segura.',
  },
  'backend.key-exists': {
    detail: 'Já existe um arquivo com esse nome, e nada é sobrescrito ali.',
    hint: 'Nada foi perdido; a próxima execução usa outro nome.',
  },
  'backend.not-found': {
    detail: 'O arquivo não está no destino.',
    hint: 'Verifique se alguém apagou algo ali; faça um novo backup.',
  },
  'backend.short-object': {
    detail: 'O arquivo no destino é menor do que foi gravado.',
    hint: 'Verifique espaço e integridade do armazenamento e faça um novo backup.',
  },
  'backend.too-large': {
    detail: 'O arquivo no destino é maior do que qualquer um do seu tipo, por isso não foi lido.',
    hint: 'Está danificado, ou alguém o pôs ali. Olhe no próprio lugar; pegue o arquivo de outro destino, ou remova-o se o Orbit nunca o gravou.',
  },
  'destinations.locks-nothing': {
    detail: 'O destino não trava nada.',
    hint: 'Só armazenamento de objetos (s3) tem object lock: crie o bucket com ele e informe --lock-mode.',
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
  'destinations.bad-addresses': {
    detail: 'Esses endereços não podem ser usados.',
    hint: 'Dê endereços ou redes, como 10.0.0.0/8.',
  },
  'destinations.in-use': {
    detail: 'Uma execução está gravando nessa partição.',
    hint: 'Espere terminar, ou diga que ela pode ser interrompida.',
  },
  'destinations.no-authorized-keys': {
    detail: 'Este tipo de destino não usa authorized_keys.',
    hint: 'Isso vale para rsync e SFTP.',
  },
  'destinations.no-partition': {
    detail: 'Esse destino não é uma partição remota.',
    hint: 'Só CIFS e NFS com ponto de montagem próprio são montados à mão.',
  },
  'destinations.not-listed': {
    detail: 'O que acabou de ser gravado não aparece na listagem do destino.',
    hint: 'Verifique se o armazenamento é consistente e se o caminho é o certo.',
  },
  'destinations.ssh-key-exists': { detail: 'Já existe uma chave SSH com esse nome.', hint: 'Use-a, ou dê outro nome.' },
  'destinations.ssh-key-unknown': {
    detail: 'Não há chave SSH com esse nome.',
    hint: 'orbit ssh-key list mostra todas.',
  },
  'destinations.unknown-kind': { detail: 'Não há esse tipo de destino.', hint: 'Escolha um da lista.' },
  'destinations.unmounted': {
    detail: 'Uma pessoa desmontou esta partição.',
    hint: 'Use Montar na página de configurações; o que está na fila espera.',
  },
};
