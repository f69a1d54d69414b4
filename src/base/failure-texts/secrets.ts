// Failures in Portuguese: sources of secrets, imports, the vault.
import type { FailureTexts } from './failure-text.ts';

/** By code. */
export const secretsFailures: FailureTexts = {
  'secrets.source-exists': { detail: 'Já há uma fonte com esse nome.', hint: 'Escolha outro nome.' },
  'secrets.bad-source-name': {
    detail: 'Esse não pode ser o nome de uma fonte.',
    hint: 'Use até 60 letras, dígitos, pontos, hifens e sublinhados.',
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
  'secrets.bad-answer': {
    detail: 'O cofre deu uma resposta que não pode ser lida.',
    hint: 'Verifique o endereço e a versão dele.',
  },
  'secrets.bad-decryption-key': {
    detail: 'A chave para decifrar os segredos não serve.',
    hint: 'Dê a chave certa nas configurações da fonte.',
  },
  'secrets.bad-openpgp-key': {
    detail: 'A chave OpenPGP não pode ser lida.',
    hint: 'Exporte-a de novo, com a senha certa.',
  },
  'secrets.bad-openpgp-message': {
    detail: 'Um segredo cifrado em OpenPGP não pode ser lido.',
    hint: 'Verifique se a conta tem acesso a ele.',
  },
  'secrets.bad-query': {
    detail: 'A consulta ao banco não pode ser usada.',
    hint: 'Ela precisa de colunas como title e password; a mensagem diz qual falta.',
  },
  'secrets.bad-recipe': { detail: 'Uma senha assim não pode ser criada.', hint: 'Peça de 8 a 1024 caracteres.' },
  'secrets.bad-row': {
    detail: 'Uma linha da fonte não pode ser lida como segredo.',
    hint: 'A mensagem diz qual e por quê.',
  },
  'secrets.bitwarden-keys': {
    detail: 'As chaves da conta Bitwarden não abrem.',
    hint: 'Confira a senha mestra e o segredo do cliente.',
  },
  'secrets.custody-held': {
    detail: 'Um segredo está em custódia de alguém, e o cofre não o entrega.',
    hint: 'Espere a devolução, ou dê ao Orbit o direito de ler.',
  },
  'secrets.no-file': { detail: 'O arquivo da fonte não existe.', hint: 'Corrija o caminho.' },
  'secrets.no-mount': { detail: 'Não há esse caminho no cofre.', hint: 'Corrija o ponto de montagem dos segredos.' },
  'secrets.no-source': { detail: 'Não há fonte com esse nome.', hint: 'Recarregue a página.' },
  'secrets.program-cut': {
    detail: 'O programa da fonte terminou antes de dizer que acabou.',
    hint: 'Execute-o à mão; a última linha diz o fim.',
  },
  'secrets.program-failed': { detail: 'O programa da fonte falhou.', hint: 'Execute-o à mão e corrija.' },
  'secrets.program-line': {
    detail: 'O programa da fonte escreveu uma linha que não pode ser lida.',
    hint: 'A mensagem diz qual.',
  },
  'secrets.query-cut': {
    detail: 'A consulta deu só uma parte dos segredos.',
    hint: 'Verifique a conexão e os limites do banco.',
  },
  'secrets.read-twice': {
    detail: 'A fonte deu o mesmo segredo duas vezes.',
    hint: 'Verifique identificadores repetidos.',
  },
  'secrets.strange-answer': {
    detail: 'O endereço respondeu, mas não é esse cofre.',
    hint: 'Verifique o endereço da fonte.',
  },
  'secrets.too-many': { detail: 'A fonte tem mais segredos do que cabem num kit.', hint: 'Divida-a em várias fontes.' },
  'secrets.unknown-kind': { detail: 'Não há esse tipo de fonte.', hint: 'Escolha um da lista.' },
  'secrets.unreadable': {
    detail: 'Um segredo não pode ser lido na fonte.',
    hint: 'Dê à conta do Orbit o direito de ler.',
  },
  'import.account-restricted': {
    detail: 'O arquivo só abre na conta que o exportou.',
    hint: 'Exporte de novo, protegido por senha.',
  },
  'import.damaged': { detail: 'O arquivo está danificado.', hint: 'Exporte de novo.' },
  'import.not-text': { detail: 'O arquivo não é texto.', hint: 'Exporte como CSV em UTF-8.' },
  'import.over-limit': { detail: 'O arquivo tem mais do que pode ser importado de uma vez.', hint: 'Divida-o.' },
  'import.password-needed': { detail: 'O arquivo está protegido por senha.', hint: 'Dê a senha.' },
  'import.wrong-password': { detail: 'A senha do arquivo é outra.', hint: 'Confira e tente de novo.' },
  'kdbx.damaged': { detail: 'O arquivo KeePass está danificado.', hint: 'Use outra cópia.' },
  'kdbx.key-file-damaged': { detail: 'O arquivo de chave do KeePass está danificado.', hint: 'Use outra cópia.' },
  'kdbx.no-credentials': {
    detail: 'Faltam a senha ou o arquivo de chave do KeePass.',
    hint: 'Dê o que protege o arquivo.',
  },
  'kdbx.over-limit': { detail: 'O arquivo KeePass é maior do que pode ser aberto.', hint: 'Divida-o.' },
  'kdbx.unsupported': { detail: 'Esta versão do formato KeePass não é conhecida.', hint: 'Salve como KDBX 4.' },
  'kdbx.unwritable': {
    detail: 'O segredo contém algo que o formato KeePass não guarda.',
    hint: 'A mensagem diz o quê.',
  },
  'kdbx.wrong-credentials': {
    detail: 'A senha ou o arquivo de chave do KeePass é outro.',
    hint: 'Confira e tente de novo.',
  },
  'vault.no-own-secret': {
    detail: 'Uma credencial própria do Orbit não está no cofre.',
    hint: 'Salve de novo as configurações que a usam.',
  },
  'vault.reader-stopped': {
    detail: 'Uma das leituras do cofre parou sozinha.',
    hint: 'Em geral faltou memória: dê mais à máquina e refaça o backup.',
  },
};
