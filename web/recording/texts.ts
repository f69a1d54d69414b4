// Everything the page of a recording says, in English and Brazilian Portuguese.

const english = {
  title: 'A session recording',
  sealed: 'It is sealed: nothing of it can be seen without a password or a key. The page works without a network.',
  how: 'How it is opened',
  withSecret: 'Password or key',
  withShares: 'Custodians’ shares',
  secret: 'Password, or key (AGE-SECRET-KEY-1…)',
  open: 'Open',
  waiting: 'Opening …',
  wrong: 'This does not open it. Check the keyboard, and that it is the password of this recording.',
  damaged: 'The recording in this page is damaged.',
  none: 'There is no recording in this page.',
  play: 'Play',
  pause: 'Pause',
  speed: 'Speed',
  idle: 'Cut pauses',
  position: 'Position',
  find: 'Find in the text',
  commands: 'Commands',
  facts: {
    startedAt: 'Started',
    user: 'User',
    origin: 'From',
    target: 'On',
    account: 'Account there',
    host: 'Recorded by',
    path: 'File',
    id: 'Number in the catalogue',
    sha256: 'SHA-256 of the file',
  },
  other: 'Português',
};

const portuguese: typeof english = {
  title: 'Uma gravação de sessão',
  sealed: 'Está selada: nada dela pode ser visto sem uma senha ou chave. A página funciona sem rede.',
  how: 'Como é aberta',
  withSecret: 'Senha ou chave',
  withShares: 'Partes dos custodiantes',
  secret: 'Senha, ou chave (AGE-SECRET-KEY-1…)',
  open: 'Abrir',
  waiting: 'Abrindo …',
  wrong: 'Isto não a abre. Confira o teclado, e se é a senha desta gravação.',
  damaged: 'A gravação nesta página está danificada.',
  none: 'Não há gravação nesta página.',
  play: 'Reproduzir',
  pause: 'Pausar',
  speed: 'Velocidade',
  idle: 'Cortar pausas',
  position: 'Posição',
  find: 'Procurar no texto',
  commands: 'Comandos',
  facts: {
    startedAt: 'Início',
    user: 'Usuário',
    origin: 'De',
    target: 'Em',
    account: 'Conta lá',
    host: 'Gravada por',
    path: 'Arquivo',
    id: 'Número no catálogo',
    sha256: 'SHA-256 do arquivo',
  },
  other: 'English',
};

/** Every text of the page. */
export type Texts = typeof english;

/** The texts of a language. */
export function textsOf(language: 'en' | 'pt'): Texts {
  return language === 'pt' ? portuguese : english;
}
