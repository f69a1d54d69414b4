// Portuguese: what every page says, and the door.

export const app = {
  name: 'Orbit',
  tagline: 'Backup de emergência e de recuperação de desastres',
  skip: 'Ir para o conteúdo',
};

export const nav = {
  home: 'Início',
  settings: 'Configurações',
  runs: 'Execuções',
  incidents: 'Incidentes',
  recordings: 'Gravações',
  restore: 'Restaurar',
  kits: 'Kits e segredos',
  retention: 'Retenção',
  drills: 'Ensaios',
  recovery: 'Recuperação',
  alerts: 'Alertas',
  people: 'Pessoas',
  audit: 'Auditoria',
  account: 'Conta',
  menu: 'Menu',
  signOut: 'Sair',
  theme: 'Claro ou escuro',
  language: 'Idioma',
};

export const role = {
  administrator: 'Administrador',
  operator: 'Operador',
  auditor: 'Auditor',
  custodian: 'Custodiante',
};

export const common = {
  broken: 'Esta página não pôde ser mostrada',
  actions: 'Ações',
  back: 'Voltar',
  cancel: 'Cancelar',
  close: 'Fechar',
  save: 'Salvar',
  edit: 'Editar',
  copy: 'Copiar',
  copied: 'Copiado',
  remove: 'Remover',
  test: 'Testar',
  retry: 'Tentar de novo',
  loading: 'Carregando',
  never: 'nunca',
  none: '–',
  on: 'Ligado',
  off: 'Desligado',
  optional: 'opcional',
  more: 'Mais opções',
  less: 'Menos opções',
  code: 'Código',
  unreachable: 'O Orbit não responde',
  unreachableHint: 'O serviço está rodando? A página tenta de novo sozinha.',
  noPasskey: 'O navegador não deu uma chave de acesso',
  noPasskeyHint: 'Ninguém confirmou, ou não há nenhuma para este endereço neste aparelho.',
  required: 'Campo obrigatório.',
  onlyAdministrators: 'Só administradores podem alterar isto.',
  now: 'agora mesmo',
};

export const kind = { secrets: 'Segredos', system: 'Aplicação', recordings: 'Arquivos de sessão' };

export const kindAbout = {
  secrets: 'Todas as credenciais, chaves e notas, legíveis sem o Orbit e sem o cofre',
  system: 'Dados, configurações e listas de programas, para refazer a máquina do zero',
  recordings: 'Gravações de sessão, cifradas',
};

export const items = {
  secrets_one: '{{count}} segredo',
  secrets_other: '{{count}} segredos',
  files_one: '{{count}} arquivo',
  files_other: '{{count}} arquivos',
};

export const outcome = {
  succeeded: 'Concluído',
  partial: 'Parcial',
  failed: 'Falhou',
  cancelled: 'Cancelado',
  skipped: 'Ignorado',
  running: 'Em andamento',
};

export const setup = {
  title: 'Crie sua conta',
  welcome: 'Você é a primeira pessoa aqui. Esta conta pode alterar tudo.',
  resetTitle: 'Defina sua senha',
  resetWelcome: 'Escolha uma nova senha para {{name}}. Os outros acessos desta conta são encerrados.',
  noLink: 'Abra o link que está no terminal',
  noLinkHint:
    'Quando o Orbit inicia e ninguém tem conta ainda, ele mostra um link no terminal. O link vale uma vez, por um dia. Sem ele ninguém toma conta desta página.',
  name: 'Nome',
  password: 'Senha',
  repeat: 'Repita a senha',
  differs: 'As duas senhas são diferentes.',
  rule: 'Pelo menos 10 caracteres. Quatro palavras sem relação são uma boa senha.',
  submit: 'Criar a conta',
  resetSubmit: 'Definir a senha',
};

export const signIn = {
  title: 'Entrar',
  name: 'Nome',
  password: 'Senha',
  code: 'Código de uso único',
  codeHint: 'Do aplicativo autenticador, ou um código de recuperação.',
  or: 'ou',
  passkey: 'Entrar com chave de acesso',
  submit: 'Entrar',
  ended: 'Seu acesso terminou. Entre de novo.',
};
