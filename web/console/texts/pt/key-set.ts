// Portuguese: what opens the recovery key, and sealing everything to another one.

export const opening = {
  title: 'O que abre a chave de recuperação agora',
  password: 'Senha mestra',
  shares: 'Partes dos custodiantes',
  share: 'Parte {{number}} de {{count}}',
  shareHint:
    'O custodiante digita as próprias palavras; quatro letras de cada bastam. São usadas na memória e esquecidas.',
  more: 'Mais uma parte',
};

export const newPassword = {
  how: 'Nova senha mestra',
  none: 'Sem senha mestra: só custodiantes',
};

export const recipients = {
  title: 'Outras chaves que a abrem',
  lead: 'Uma chave offline, de hardware ou SSH. Cada uma abre sozinha qualquer kit, sem senha nem custodiante.',
  none: 'Nenhuma.',
  add: 'Adicionar uma chave',
  recipient: 'Chave pública',
  recipientHint: 'age1…, ssh-ed25519 … ou ssh-rsa …; nunca a metade secreta.',
  name: 'O que é',
  nameHint: 'Como a YubiKey do cofre.',
  unnamed: 'Chave sem nome',
  addSubmit: 'Deixar que abra os backups',
  removeTitle: 'Remover {{name}}?',
  removeLoses:
    'Quem a tiver não abre nenhum kit feito de agora em diante. Os já feitos continuam abertos a ela, até que a chave de recuperação seja declarada comprometida.',
  removeConfirm: 'Remover a chave',
};

export const keyPlaces = {
  title: 'Onde está este conjunto de chaves',
  lead: 'Uma mudança de senhas, partes ou chaves chega na hora a cada destino, e ao que estiver fora quando voltar.',
  destination: 'Destino',
  state: 'Estado',
  current: 'Atual',
  behind: 'Um conjunto anterior',
  none: 'Com o primeiro backup',
  awaits: 'Espera ser selado de novo',
  brought: 'Levado',
  refusedFiles: 'O lugar não deixou substituir: {{files}}',
};

export const compromise = {
  title: 'Se outros podem conhecer a chave de recuperação',
  lead: 'Declare-a comprometida. Uma nova é feita, e tudo em cada destino é selado para ela.',
  button: 'Declarar comprometida',
  dialogTitle: 'Declarar a chave de recuperação comprometida',
  plan: 'O que será selado para uma nova chave',
  kits_one: '{{count}} kit',
  kits_other: '{{count}} kits',
  repositories_one: 'uma nova senha para {{count}} repositório',
  repositories_other: 'novas senhas para {{count}} repositórios',
  nothing: 'nada',
  unreachable: 'fora de alcance agora; espera até voltar',
  loses: 'A senha mestra, toda parte e todo papel de hoje não abrem mais nada de novo.',
  limits:
    'Quem copiou um kit antes fica com o que havia nele: troque também essas senhas. Os dados dos repositórios ficam sob a chave deles; só as senhas mudam.',
  next: 'Continuar',
  custodiansToo: 'Distribuir novas partes a custodiantes',
  submit: 'Fazer nova chave e selar tudo',
  working: 'Selando tudo para a nova chave',
  done: 'Uma nova chave de recuperação está em vigor.',
  sealed: '{{destination}}: {{what}}',
  left_one: '{{count}} ainda espera em {{destination}}',
  left_other: '{{count}} ainda esperam em {{destination}}',
  awaits: 'Algo ainda está selado para uma chave comprometida em {{destinations}}.',
  awaitsHint:
    'Esses lugares estavam fora de alcance. Sele o resto quando voltarem; para isso são precisas as pessoas que abrem a chave.',
  reseal: 'Selar o resto agora',
  resealDone: 'O que pôde ser alcançado está selado para a chave atual.',
  state: 'Selado para uma chave comprometida',
};
