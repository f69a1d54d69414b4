// Portuguese: Recovery.

export const recovery = {
  title: 'Recuperação',
  lead: 'O que abre os backups, e como. O próprio servidor não consegue.',
  key: 'Chave de recuperação',
  noKey: 'Ainda não há chave de recuperação',
  noKeyHint: 'Realize a cerimônia na própria máquina. Até lá nenhum backup é feito que ninguém pudesse abrir.',
  made: 'criada {{when}}',
  recipient: 'Metade pública, para a qual tudo é selado',
  ways: 'Caminhos para abri-la',
  way: { 'master-password': 'Senha mestra', shares: 'Partes dos guardiões', recipients: 'Outras chaves' },
  wayHint: {
    'master-password': 'conhecida por pessoas, guardada em lugar nenhum',
    recipients: 'uma chave offline, de hardware ou SSH',
  },
  sharesHint: 'quaisquer {{threshold}} de {{total}}',
  oneWay: 'Só há um caminho. Deixe guardiões com partes também, na própria máquina:',
  custodians: 'Guardiões',
  confirmed: 'confirmou {{when}}',
  unconfirmed: 'ainda não confirmou',
  how: 'Como abrir um kit',
  steps: [
    'Pegue a pasta do kit mais novo em qualquer destino. Não precisa do Orbit nem de rede.',
    'Abra open.html em qualquer navegador atual, offline.',
    'Digite a senha mestra, ou deixe guardiões suficientes digitarem suas partes.',
    'Procure, leia, copie. Nada é enviado a lugar nenhum.',
  ],
  stock: 'Sem a página: o README.txt de cada kit traz todos os passos com age e qualquer programa KeePass.',
};
