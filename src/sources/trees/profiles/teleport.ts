// Teleport with its local backend: settings, and the SQLite database that holds the cluster's state and authorities.
import { applicationProfile } from './application.ts';

/** A Teleport auth server that keeps its state itself. */
export const teleport = applicationProfile({
  kind: 'teleport',
  title: 'Teleport',
  signs: ['/etc/teleport.yaml'],
  folders: ['/etc/teleport.yaml', '/etc/teleport.d', '/etc/systemd/system/teleport.service', '/var/lib/teleport'],
  sqlite: ['/var/lib/teleport/backend/sqlite.db', '/var/lib/teleport/proc/sqlite.db'],
  excludes: ['/var/lib/teleport/log/records/*', '/var/lib/teleport/log/playbacks/*', '/var/lib/teleport/cache/*'],
  services: ['teleport.service'],
  takes: {
    en: 'teleport.yaml, host_uuid, license.pem, the state of the cluster with its certificate authorities, the audit log. Recordings belong to the recordings job.',
    pt: 'teleport.yaml, host_uuid, license.pem, o estado do cluster com suas autoridades certificadoras, o registro de auditoria. Gravações pertencem à tarefa de gravações.',
  },
  back: {
    en: 'The same version of Teleport, files and databases to their places, then the service. Agents know the authority again.',
    pt: 'A mesma versão do Teleport, arquivos e bancos a seus lugares, depois o serviço. Os agentes reconhecem a autoridade.',
  },
});
