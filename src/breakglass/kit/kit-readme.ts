// README.txt of a kit: how a stranger opens it with stock age and KeePassXC. Commands stand alone on lines that begin
// with four spaces; a test runs them exactly as printed.

/** What the text must know. Contacts are lines such as `Ana Souza, +55 11 5555-0100`. */
export interface KitReadmeFacts {
  kit: string;
  keyId: string;
  records: number;
  hasPassword: boolean;
  hasRecipients: boolean;
  shares?: { threshold: number; total: number };
  hasOpenHtml: boolean;
  /** Ids of the envelopes. */
  envelopes?: readonly string[];
  signerFingerprint: string;
  contacts: readonly string[];
}

/** The README, in English and then in Portuguese. */
export function kitReadme(facts: KitReadmeFacts): Buffer {
  const lines = [...english(facts), '', '='.repeat(78), '', ...portuguese(facts)];
  return Buffer.from(`${lines.join('\n')}\n`);
}

const open = {
  key: '    age -d -i recovery-key.age -o secrets.keyx secrets.keyx.age',
  ownKey: '    age -d -i MY-KEY -o secrets.keyx secrets.keyx.age',
  list: '    keepassxc-cli ls -R -f --no-password -k secrets.keyx secrets.kdbx',
  search: '    keepassxc-cli search --no-password -k secrets.keyx secrets.kdbx WORD',
  show: '    keepassxc-cli show -s --no-password -k secrets.keyx secrets.kdbx ENTRY',
  csv: '    keepassxc-cli export -f csv --no-password -k secrets.keyx secrets.kdbx',
  remove: '    rm secrets.keyx',
};

function english(facts: KitReadmeFacts): string[] {
  return [
    'BREAK-GLASS KIT: READ THIS FIRST           (português: mais abaixo)',
    '',
    `This folder holds ${facts.records} secrets as they were at ${facts.kit} (UTC).`,
    'You need neither Orbit nor the vault nor a network to read them. You need this',
    `folder and a way to open recovery key ${facts.keyId}.`,
    '',
    ...(facts.hasOpenHtml
      ? ['QUICKEST WAY', '', 'Copy this folder to a computer you trust and open open.html in a browser.', '']
      : []),
    'WITH STOCK PROGRAMS (age 1.1 or newer, KeePassXC 2.7 or newer)',
    '',
    'Work on a copy of this folder, on a computer you trust. On Linux, a folder',
    'below /dev/shm keeps the opened key off the disk. On Windows the same commands',
    'work with age.exe and keepassxc-cli.exe.',
    '',
    '1. Open the key file.',
    '',
    ...waysEnglish(facts),
    '2. Open secrets.kdbx. In KeePassXC, or any KeePass program: choose the file',
    '   secrets.kdbx, leave the password empty (unticked), and choose secrets.keyx as',
    '   key file. On the command line, list everything:',
    '',
    open.list,
    '',
    '   search:',
    '',
    open.search,
    '',
    '   show one entry with its password (-t instead of -s: its one-time code):',
    '',
    open.show,
    '',
    '   or print all of it as CSV:',
    '',
    open.csv,
    '',
    '3. When you are done, remove the opened key, and change every password you saw.',
    '',
    open.remove,
    '',
    ...envelopesEnglish(facts),
    'IF IT DOES NOT OPEN',
    '',
    '"incorrect passphrase": mind capitals, spaces and dashes. If the master password',
    'was changed after this kit was made, use the recovery-key.age at the top of the',
    'destination (two folders up) instead of the one here.',
    '"no identity matched": the kit belongs to an earlier recovery key. README.txt at',
    'the top of the destination says how the current key opens it.',
    'A damaged file: take the same kit from another destination, or an older kit.',
    'manifest.json says the size and SHA-256 of each file. It is signed by the key',
    'with this fingerprint:',
    `  ${facts.signerFingerprint}`,
    '',
    'WHOM TO CALL',
    '',
    ...(facts.contacts.length > 0 ? facts.contacts.map((contact) => `  ${contact}`) : ['  (nobody was entered)']),
  ];
}

function envelopesEnglish({ envelopes = [] }: KitReadmeFacts): string[] {
  if (envelopes.length === 0) return [];
  return [
    'ENVELOPES',
    '',
    'envelope-NUMBER.kdbx holds a part of the secrets, for a team. Its own age or SSH',
    'key opens envelope-NUMBER.keyx.age in step 1, and that opens the .kdbx in step 2.',
    `There are: ${envelopes.join(', ')}.`,
    '',
  ];
}

function envelopesPortuguese({ envelopes = [] }: KitReadmeFacts): string[] {
  if (envelopes.length === 0) return [];
  return [
    'ENVELOPES',
    '',
    'envelope-NÚMERO.kdbx guarda uma parte dos segredos, para uma equipe. A chave age',
    'ou SSH dela abre envelope-NÚMERO.keyx.age no passo 1, e esse abre o .kdbx no 2.',
    `Existem: ${envelopes.join(', ')}.`,
    '',
  ];
}

function waysEnglish(facts: KitReadmeFacts): string[] {
  const lines: string[] = [];
  if (facts.hasPassword) {
    lines.push('   With the master password (age asks for it):', '', open.key, '');
  }
  if (facts.hasRecipients) {
    lines.push('   With an own age or SSH key that is a recipient (MY-KEY is its private file):', '', open.ownKey, '');
  }
  if (facts.shares !== undefined) {
    const { threshold, total } = facts.shares;
    lines.push(
      `   With the custodians' shares: ${threshold} of ${total} must come together. ${facts.hasOpenHtml ? 'Enter their words in' : 'Any SLIP-39'}`,
      facts.hasOpenHtml
        ? '   open.html. Or any SLIP-39 program joins them to 32 bytes, which are the age'
        : '   program joins their words to 32 bytes, which are the age',
      '   key AGE-SECRET-KEY-1... once written in Bech32.',
      '',
    );
  }
  return lines;
}

function portuguese(facts: KitReadmeFacts): string[] {
  return [
    'KIT DE QUEBRA DE VIDRO: LEIA ISTO PRIMEIRO',
    '',
    `Esta pasta guarda ${facts.records} segredos como estavam em ${facts.kit} (UTC).`,
    'Para lê-los não é preciso o Orbit, nem o cofre, nem rede. É preciso esta pasta',
    `e um meio de abrir a chave de recuperação ${facts.keyId}.`,
    '',
    ...(facts.hasOpenHtml
      ? [
          'O CAMINHO MAIS RÁPIDO',
          '',
          'Copie esta pasta para um computador de confiança e abra open.html no navegador.',
          '',
        ]
      : []),
    'COM PROGRAMAS COMUNS (age 1.1 ou mais novo, KeePassXC 2.7 ou mais novo)',
    '',
    'Trabalhe numa cópia desta pasta, num computador de confiança. No Linux, uma pasta',
    'em /dev/shm mantém a chave aberta fora do disco. No Windows, os mesmos comandos',
    'funcionam com age.exe e keepassxc-cli.exe.',
    '',
    '1. Abra o arquivo de chave.',
    '',
    ...waysPortuguese(facts),
    '2. Abra secrets.kdbx. No KeePassXC, ou em qualquer programa KeePass: escolha o',
    '   arquivo secrets.kdbx, deixe a senha em branco (desmarcada) e escolha',
    '   secrets.keyx como arquivo de chave. Na linha de comando, para listar tudo:',
    '',
    open.list,
    '',
    '   procurar:',
    '',
    open.search,
    '',
    '   mostrar uma entrada com a senha (-t em vez de -s: o código de uso único):',
    '',
    open.show,
    '',
    '   ou imprimir tudo em CSV:',
    '',
    open.csv,
    '',
    '3. Ao terminar, apague a chave aberta e troque todas as senhas que você viu.',
    '',
    open.remove,
    '',
    ...envelopesPortuguese(facts),
    'SE NÃO ABRIR',
    '',
    '"incorrect passphrase": atenção a maiúsculas, espaços e hifens. Se a senha mestra',
    'mudou depois deste kit, use o recovery-key.age do topo do destino (duas pastas',
    'acima) no lugar do que está aqui.',
    '"no identity matched": o kit pertence a uma chave de recuperação anterior. O',
    'README.txt do topo do destino diz como a chave atual o abre.',
    'Arquivo danificado: pegue o mesmo kit em outro destino, ou um kit mais antigo.',
    'manifest.json traz o tamanho e o SHA-256 de cada arquivo. Ele é assinado pela',
    'chave com esta impressão digital:',
    `  ${facts.signerFingerprint}`,
    '',
    'QUEM CHAMAR',
    '',
    ...(facts.contacts.length > 0 ? facts.contacts.map((contact) => `  ${contact}`) : ['  (ninguém foi informado)']),
  ];
}

function waysPortuguese(facts: KitReadmeFacts): string[] {
  const lines: string[] = [];
  if (facts.hasPassword) {
    lines.push('   Com a senha mestra (o age pergunta por ela):', '', open.key, '');
  }
  if (facts.hasRecipients) {
    lines.push(
      '   Com uma chave age ou SSH própria que seja destinatária (MY-KEY é o arquivo privado):',
      '',
      open.ownKey,
      '',
    );
  }
  if (facts.shares !== undefined) {
    const { threshold, total } = facts.shares;
    lines.push(
      `   Com as partes dos custodiantes: ${threshold} de ${total} precisam se reunir. ${facts.hasOpenHtml ? 'Digite as palavras' : 'Qualquer'}`,
      facts.hasOpenHtml
        ? '   em open.html. Ou qualquer programa SLIP-39 as junta em 32 bytes, que são a'
        : '   programa SLIP-39 junta as palavras em 32 bytes, que são a',
      '   chave age AGE-SECRET-KEY-1... quando escritos em Bech32.',
      '',
    );
  }
  return lines;
}
