// README.txt at the top of a destination: how everything below it is recovered with stock programs. Commands stand
// alone on lines that begin with four spaces; a test runs them exactly as printed.

import { sharePrefix, shareProgram } from './share-program.ts';

/** What the text must know. */
export interface DestinationReadmeFacts {
  keyId: string;
  hasPassword: boolean;
  hasRecipients: boolean;
  shares?: { threshold: number; total: number };
  contacts: readonly string[];
}

/** The README, in English and then in Portuguese. */
export function destinationReadme(facts: DestinationReadmeFacts): Buffer {
  const line = '='.repeat(78);
  const { threshold } = facts.shares ?? {};
  const program = threshold === undefined ? [] : shareProgram(threshold).map((each) => sharePrefix + each);
  const lines = [...text(facts, 'en'), '', line, '', ...text(facts, 'pt')];
  if (program.length > 0) lines.push('', line, '', 'join-shares.py', '', ...program);
  return Buffer.from(`${lines.join('\n')}\n`);
}

function text(facts: DestinationReadmeFacts, language: 'en' | 'pt'): string[] {
  const pick = (english: string[], portuguese: string[]): string[] => (language === 'en' ? english : portuguese);
  // Who holds only a key of their own first takes the recovery key with it; from there on all roads are one.
  const key = 'recovery-key.age';
  const contacts = facts.contacts.map((contact) => `  ${contact}`);
  return [
    ...pick(
      [
        'BACKUPS OF A PRIVILEGED-ACCESS SYSTEM: HOW TO RECOVER   (português: mais abaixo)',
        '',
        'Nothing here needs Orbit to be read: age (1.1+), KeePassXC (2.7+) and restic',
        '(0.14+) are enough. Orbit only makes it quicker (orbit kit open secrets/TIME).',
        `Everything is sealed to recovery key ${facts.keyId}, which opens with:`,
      ],
      [
        'CÓPIAS DE SEGURANÇA DE UM SISTEMA DE ACESSO PRIVILEGIADO: COMO RECUPERAR',
        '',
        'Nada aqui precisa do Orbit para ser lido: bastam age (1.1+), KeePassXC (2.7+) e',
        'restic (0.14+). O Orbit só torna mais rápido (orbit kit open secrets/HORA).',
        `Tudo está selado para a chave de recuperação ${facts.keyId}, que se abre com:`,
      ],
    ),
    '',
    ...(facts.hasPassword
      ? pick(['  - the master password (file recovery-key.age)'], ['  - a senha mestra (arquivo recovery-key.age)'])
      : []),
    ...(facts.shares === undefined
      ? []
      : pick(
          [
            `  - the shares of ${facts.shares.threshold} of ${facts.shares.total} custodians. Orbit asks for them.`,
            'Without it: Python, and its package shamir-mnemonic (pip install shamir-mnemonic)',
            'join them; the words of each share are typed unseen, on one line:',
          ],
          [
            `  - as partes de ${facts.shares.threshold} de ${facts.shares.total} custodiantes. O Orbit as pede.`,
            'Sem ele: o Python e seu pacote shamir-mnemonic (pip install shamir-mnemonic)',
            'as juntam; as palavras de cada parte são digitadas, sem aparecer, numa linha:',
          ],
        )
          .concat('', `    sed -n 's/^${sharePrefix}//p' README.txt > join-shares.py`, '    python3 join-shares.py', '')
          .concat(
            pick(
              ['and say recovery-key.txt below wherever recovery-key.age is said.'],
              ['e diga recovery-key.txt abaixo onde está escrito recovery-key.age.'],
            ),
          )),
    ...(facts.hasRecipients
      ? pick(
          ['  - an own age or SSH key that is a recipient. Take the recovery key with it:'],
          ['  - uma chave age ou SSH própria que seja destinatária. Obtenha a chave com ela:'],
        )
          .concat('', '    age -d -i MY-KEY -o recovery-key.txt recovery-key.recipients.age', '')
          .concat(
            pick(
              ['    and say recovery-key.txt below wherever recovery-key.age is said.'],
              ['    e diga recovery-key.txt abaixo onde está escrito recovery-key.age.'],
            ).map((line) => line.trimStart()),
          )
      : []),
    '',
    ...pick(
      [
        'SECRETS (passwords, keys, notes)',
        '',
        'Each folder secrets/TIME is a whole kit; the newest is the last one by name. A',
        'kit without manifest.json was never finished: take the one before. Go into the',
        'folder and follow its README.txt. When a kit belongs to an earlier master',
        'password, open its key file with the recovery-key.age that lies here:',
      ],
      [
        'SEGREDOS (senhas, chaves, notas)',
        '',
        'Cada pasta secrets/TIME é um kit inteiro; o mais novo é o último pelo nome. Um',
        'kit sem manifest.json nunca foi terminado: pegue o anterior. Entre na pasta e',
        'siga o README.txt dela. Se o kit é de uma senha mestra anterior, abra o arquivo',
        'de chave com o recovery-key.age que está aqui:',
      ],
    ),
    '',
    `    age -d -i ${key} -o secrets.keyx secrets/TIME/secrets.keyx.age`,
    '',
    ...pick(
      [
        'When age says "no identity matched", the kit belongs to an earlier recovery key',
        '(manifest.json names it: recoveryKey, id). Take that one out first:',
      ],
      [
        'Se o age disser "no identity matched", o kit é de uma chave de recuperação',
        'anterior (manifest.json diz qual: recoveryKey, id). Obtenha-a primeiro:',
      ],
    ),
    '',
    `    age -d -i ${key} -o earlier-key.txt retired-keys/${facts.keyId}/EARLIER.age`,
    '    age -d -i earlier-key.txt -o secrets.keyx secrets/TIME/secrets.keyx.age',
    '',
    ...pick(
      ['SYSTEM (data, settings, programs): a restic repository', ''],
      ['SISTEMA (dados, configurações, programas): um repositório restic', ''],
    ),
    `    age -d -i ${key} -o system.password system.password.age`,
    '    restic -r system --no-lock --password-file system.password snapshots',
    '    restic -r system --no-lock --password-file system.password restore latest --target restored',
    '',
    ...pick(
      ['To rebuild the machine itself, follow the runbook that lies in each snapshot:'],
      ['Para reconstruir a própria máquina, siga o roteiro que está em cada snapshot:'],
    ),
    '',
    `    restic -r system --no-lock --password-file system.password dump latest /orbit/${language === 'en' ? 'RUNBOOK.md' : 'RUNBOOK.pt.md'}`,
    '',
    ...pick(['RECORDINGS of sessions: the same', ''], ['GRAVAÇÕES de sessões: o mesmo', '']),
    `    age -d -i ${key} -o recordings.password recordings.password.age`,
    '    restic -r recordings --no-lock --password-file recordings.password snapshots',
    '',
    ...pick(
      ['When you are done, remove what you opened (secrets.keyx, *.password, *.txt keys).', '', 'WHOM TO CALL', ''],
      ['Ao terminar, apague o que abriu (secrets.keyx, *.password, chaves *.txt).', '', 'QUEM CHAMAR', ''],
    ),
    ...(contacts.length > 0 ? contacts : pick(['  (nobody was entered)'], ['  (ninguém foi informado)'])),
  ];
}
