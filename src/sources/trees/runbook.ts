// The runbook of one machine: how it is rebuilt from this very snapshot with stock programs, in English or Portuguese.
import type { Language } from '../../base/language.ts';
import { formatBytes } from '../../base/quantities.ts';
import { type MomentFacts, type RecoveryFacts, type ServerFacts, staysOut } from './recovery-facts.ts';
import { diskCommands } from './runbook-disks.ts';
import { copyCommands, fileCommands, mountCommands, serverCommands } from './runbook-commands.ts';

/** The text, in Markdown. Blocks marked `sh` run as they are, once the three variables are set. */
export function runbook(facts: RecoveryFacts, language: Language): string {
  const say = (en: string, pt: string): string => (language === 'en' ? en : pt);
  const isWhole = facts.folders.includes('/');
  const mounting = mountCommands();
  const lines = [
    say(`# Rebuilding ${facts.host}`, `# Reconstruindo ${facts.host}`),
    '',
    say(
      `Made by ${facts.orbit} at each backup, for exactly this machine. Needs \`age\`, \`restic\` (0.14 or newer) and a live system with a shell, as root. With Orbit: \`orbit recover\` does all of it.`,
      `Feito pelo ${facts.orbit} a cada cópia, para exatamente esta máquina. Precisa de \`age\`, \`restic\` (0.14 ou mais novo) e um sistema live com shell, como root. Com o Orbit: \`orbit recover\` faz tudo.`,
    ),
    '',
    say('## The old machine', '## A máquina antiga'),
    '',
    `- ${facts.system.name}, kernel ${facts.system.kernel}, ${facts.system.architecture}`,
    ...facts.fileSystems.map(
      ({ mount, device, type, sizeBytes, usedBytes }) =>
        `- \`${mount}\`: ${type}, ${formatBytes(sizeBytes)}, ${say('used', 'em uso')} ${formatBytes(usedBytes)} (${device})`,
    ),
    `- ${say('protected', 'protegido')}: ${facts.folders.map((folder) => `\`${folder}\``).join(', ') || '–'}`,
    ...facts.notes.map((note) => `- ${say('note', 'nota')}: ${note}`),
    '',
    say('## 1. The password', '## 1. A senha'),
    '',
    say(
      'Copy the destination here. `README.txt` at its top says how the recovery key is opened: by the master password, or by custodians’ shares. Then, in its folder:',
      'Copie o destino para cá. O `README.txt` no topo dele diz como abrir a chave de recuperação: pela senha mestra ou pelas partes dos custodiantes. Depois, na pasta dele:',
    ),
    '',
    ...block('text', ['age -d -i recovery-key.age -o system.password system.password.age']),
    say('## 2. Disks', '## 2. Discos'),
    '',
    say(
      'Say where everything is, and which new disk, partition or volume each old one becomes. Then the file systems get their old names, so that `/etc/fstab` still finds them:',
      'Diga onde tudo está, e qual disco, partição ou volume novo cada antigo passa a ser. Depois os sistemas de arquivos recebem os nomes antigos, para que o `/etc/fstab` ainda os encontre:',
    ),
    '',
    ...block('text', [
      'export TARGET=/mnt/target',
      'export REPO=/path/to/system',
      'export RESTIC_PASSWORD_FILE=/path/to/system.password',
      'mkdir -p "$TARGET"',
      ...diskCommands(facts.fileSystems),
    ]),
    ...(facts.profiles.some(({ kind }) => kind === 'host')
      ? [
          say(
            'Partitions, RAID and volumes of the old machine: `/orbit/host/partitions.txt` (for `sfdisk`), `raid.txt`, `volume-groups.txt`, `logical-volumes.txt` in the snapshot, by `restic dump latest`; `/etc/lvm/backup` for `vgcfgrestore`. An encrypted volume (LUKS) is made anew.',
            'Partições, RAID e volumes da máquina antiga: `/orbit/host/partitions.txt` (para o `sfdisk`), `raid.txt`, `volume-groups.txt`, `logical-volumes.txt` no snapshot, por `restic dump latest`; `/etc/lvm/backup` para o `vgcfgrestore`. Um volume cifrado (LUKS) é criado de novo.',
          ),
          '',
        ]
      : []),
    say('## 3. Files', '## 3. Arquivos'),
    '',
    ...(isWhole
      ? []
      : [
          say(
            'This backup holds folders, not the whole machine: first install the same system and its packages (`/orbit/host/packages-by-hand.txt` in the snapshot, when there is a host profile).',
            'Esta cópia guarda pastas, não a máquina toda: instale antes o mesmo sistema e seus pacotes (`/orbit/host/packages-by-hand.txt` no snapshot, se houver perfil host).',
          ),
          '',
        ]),
    ...block('sh', fileCommands(staysOut(facts))),
    ...(facts.servers.length === 0 && facts.copies.length === 0
      ? []
      : [
          say('## 4. Databases, in this order', '## 4. Bancos de dados, nesta ordem'),
          '',
          ...momentLines(facts.moment, say),
          ...(facts.servers.length === 0 ? [] : block('sh', mounting.before)),
          ...facts.servers.flatMap((server) => [serverTitle(server, say), '', ...block('sh', serverCommands(server))]),
          ...(facts.servers.length === 0 ? [] : block('sh', mounting.after)),
          ...facts.copies.flatMap((copy) => [`### \`${copy.path}\``, '', ...block('sh', copyCommands(copy))]),
        ]),
    say('## 5. Before the first start', '## 5. Antes do primeiro início'),
    '',
    say(
      `A person looks at: \`/etc/fstab\` (names of the new disks), network settings (names of the new cards), the boot loader:`,
      `Uma pessoa confere: \`/etc/fstab\` (nomes dos discos novos), rede (nomes das placas novas), o boot loader:`,
    ),
    '',
    ...block('text', [
      'chroot "$TARGET" grub-install /dev/DISK',
      'chroot "$TARGET" update-grub',
      'chroot "$TARGET" update-initramfs -u',
    ]),
    ...(facts.services.length === 0
      ? []
      : [
          `${say('Services, in the order of starting', 'Serviços, na ordem de início')}: ${facts.services.join(', ')}.`,
          '',
        ]),
    say('## What each profile says', '## O que cada perfil diz'),
    '',
    ...facts.profiles.map(({ title, name, back }) => `- **${title}** (${name}): ${back[language]}`),
    '',
    say(
      'Lost is what happened after the time of the snapshot (`restic snapshots`). Remove `system.password` when you are done.',
      'Perdido está o que aconteceu depois da hora do snapshot (`restic snapshots`). Apague `system.password` ao terminar.',
    ),
    '',
  ];
  return lines.join('\n');
}

function serverTitle(
  { engine, version, databases, isOneMoment }: ServerFacts,
  say: (en: string, pt: string) => string,
): string {
  const names = databases.map(({ name, tables }) => `${name} (${tables} ${say('tables', 'tabelas')})`).join(', ');
  const moment = isOneMoment
    ? say('one moment', 'um só momento')
    : say('NOT proven to be one moment', 'um só momento NÃO provado');
  return `### ${engine === 'postgresql' ? 'PostgreSQL' : 'MariaDB'} ${version}: ${names || '–'}; ${moment}`;
}

function momentLines(moment: MomentFacts | undefined, say: (en: string, pt: string) => string): string[] {
  if (moment === undefined) return [];
  const [names, e] = [moment.profiles.join(', '), moment.profiles.join(' e ')];
  if (moment.why === undefined)
    return [say(`All servers as they were at one moment: ${names}.`, `Todos os servidores num só momento: ${e}.`), ''];
  return [
    say(
      `These servers do NOT show one moment with each other: ${names}. They were begun within ${moment.spanMs} ms (${moment.why}).`,
      `Estes servidores NÃO mostram um só momento entre si: ${e}. Foram iniciados dentro de ${moment.spanMs} ms (${moment.why}).`,
    ),
    '',
  ];
}

function block(language: 'sh' | 'text', lines: string[]): string[] {
  return [`\`\`\`${language}`, ...lines, '```', ''];
}
