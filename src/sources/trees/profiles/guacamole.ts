// Apache Guacamole: settings, extensions, the web application; its database by the server's profile.
import { applicationProfile } from './application.ts';

/** Apache Guacamole. */
export const guacamole = applicationProfile({
  kind: 'guacamole',
  title: 'Apache Guacamole',
  signs: ['/etc/guacamole'],
  folders: [
    '/etc/guacamole',
    '/var/lib/guacamole',
    '/etc/tomcat9',
    '/etc/tomcat10',
    '/var/lib/tomcat9/webapps',
    '/var/lib/tomcat10/webapps',
  ],
  excludes: ['/var/lib/guacamole/recordings/*'],
  services: ['guacd.service', 'tomcat9.service', 'tomcat10.service'],
  companions: ['postgresql', 'mariadb'],
  takes: {
    en: 'guacamole.properties, extensions and drivers, the web application and its Tomcat settings. Recordings belong to the recordings job.',
    pt: 'guacamole.properties, extensões e drivers, a aplicação web e as configurações do Tomcat. Gravações pertencem à tarefa de gravações.',
  },
  back: {
    en: 'First the database, then files, then guacd, then Tomcat.',
    pt: 'Primeiro o banco, depois os arquivos, depois guacd, depois o Tomcat.',
  },
});
