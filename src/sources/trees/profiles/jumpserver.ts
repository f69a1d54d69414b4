// JumpServer: its settings with SECRET_KEY, and the data of its components; its database by the server's profile.
import { applicationProfile } from './application.ts';

/** JumpServer as its installer sets it up. */
export const jumpserver = applicationProfile({
  kind: 'jumpserver',
  title: 'JumpServer',
  signs: ['/opt/jumpserver/config', '/data/jumpserver'],
  folders: ['/opt/jumpserver/config', '/data/jumpserver', '/opt/jumpserver/core/data'],
  excludes: [
    '/data/jumpserver/core/data/media/replay/*',
    '/opt/jumpserver/core/data/media/replay/*',
    '/data/jumpserver/mysql/*',
    '/data/jumpserver/mariadb/*',
    '/data/jumpserver/postgresql/*',
  ],
  services: ['jumpserver.service'],
  companions: ['mariadb', 'postgresql'],
  takes: {
    en: 'config.txt with SECRET_KEY and BOOTSTRAP_TOKEN, certificates, data of the components. Recordings belong to the recordings job.',
    pt: 'config.txt com SECRET_KEY e BOOTSTRAP_TOKEN, certificados, dados dos componentes. Gravações pertencem à tarefa de gravações.',
  },
  back: {
    en: 'The same version of JumpServer, its config.txt (without SECRET_KEY no stored secret can be read), the database, then jmsctl start.',
    pt: 'A mesma versão do JumpServer, o config.txt (sem SECRET_KEY nenhum segredo guardado pode ser lido), o banco, depois jmsctl start.',
  },
});
