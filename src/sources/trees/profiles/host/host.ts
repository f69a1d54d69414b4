// The machine itself: its files, and what it says of itself.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { field } from '../../../../base/secret-schema.ts';
import type { VirtualFile } from '../../../../engine/backup/source-plan.ts';
import { orbitFolder } from '../../recovery-facts.ts';
import type { ProfileKind } from '../profile.ts';
import { certificateLines } from './certificates.ts';
import { notOnDisk } from './file-systems.ts';
import { machineTexts } from './reports.ts';
import { unpackagedPrograms } from './unpackaged.ts';

const config = z.strictObject({
  take: field(
    z.enum(['machine', 'settings']).default('machine'),
    'How much of it',
    'machine: every disk of it; settings: settings, homes, programs outside the package manager, access records',
  ),
});

const settingsFolders = [
  '/etc',
  '/root',
  '/home',
  '/usr/local',
  '/opt',
  '/srv',
  '/var/spool/cron',
  '/var/lib/dpkg',
  '/boot',
];
// The journal, auth.log, wtmp, btmp, the audit log.
const accessRecords = ['/var/log'];

// Made again by whoever needs it.
const remade = [
  '/var/cache/apt/archives/*.deb',
  '/var/lib/apt/lists/*',
  '/swapfile',
  '/swap.img',
  '/var/tmp/*',
  '/tmp/*',
  '/lost+found',
];

/** This machine. */
export const host: ProfileKind<z.output<typeof config>> = {
  kind: 'host',
  title: 'This machine',
  config,
  about: {
    takes: {
      en: 'All files of all its disks (or settings only), lists of packages and their sources, users and groups, mounts and disks, network, kernel and boot parameters, units, timers, crontabs, containers, certificates with their expiry, programs no package brought, access records (journal, auth.log, wtmp, audit).',
      pt: 'Todos os arquivos de todos os discos (ou só configurações), listas de pacotes e suas fontes, usuários e grupos, montagens e discos, rede, parâmetros do kernel e do boot, units, timers, crontabs, contêineres, certificados com validade, programas que nenhum pacote trouxe, registros de acesso (journal, auth.log, wtmp, audit).',
    },
    consistent: {
      en: 'Files are read while the machine runs; one that changes meanwhile is read again, and told when it never rests. Databases need a profile of their own.',
      pt: 'Os arquivos são lidos com a máquina em uso; o que muda nesse meio-tempo é relido, e citado se nunca repousa. Bancos de dados precisam de perfil próprio.',
    },
    back: {
      en: 'Into an empty root: all files with owners, permissions, attributes. Disks, boot loader and network addresses of the new machine are looked at by a person: see the runbook.',
      pt: 'Em uma raiz vazia: todos os arquivos com donos, permissões, atributos. Discos, boot loader e endereços da máquina nova são conferidos por uma pessoa: veja o roteiro.',
    },
  },
  detect: async () => ({}),
  async prepare({ take }, { name, signal }) {
    const isWhole = take === 'machine';
    const folders = isWhole ? ['/'] : [...settingsFolders, ...accessRecords].filter((folder) => existsSync(folder));
    const { texts, notes } = await machineTexts(signal);
    texts.push({ file: 'certificates.tsv', text: await certificateLines(['/etc', '/usr/local', '/opt', '/root']) });
    const unpackaged = await unpackagedPrograms();
    if (unpackaged !== undefined) texts.push({ file: 'programs-without-package.txt', text: unpackaged });
    return {
      folders,
      excludes: [...(isWhole ? notOnDisk() : []), ...remade],
      files: [
        ...texts.map(({ file, text }) => ({
          path: `${orbitFolder}/${name}/${file}`,
          shownAs: orbitFolder,
          open: () => once(text),
        })),
        ...volatileJournal(name),
      ],
      notes,
    };
  },
};

// A journal that the machine keeps in memory only is no file of any disk; where it is kept, it lies below /var/log.
function volatileJournal(name: string): VirtualFile[] {
  if (!existsSync('/run/log/journal') || existsSync('/var/log/journal')) return [];
  return [
    {
      path: `${orbitFolder}/${name}/journal.export`,
      shownAs: orbitFolder,
      command: 'journalctl',
      args: ['--no-pager', '--quiet', '--output=export'],
    },
  ];
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
