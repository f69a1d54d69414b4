// Keycloak: settings, providers, themes; realms and users lie in its database, taken by the server's profile.
import { applicationProfile } from './application.ts';

/** Keycloak as its archive sets it up. */
export const keycloak = applicationProfile({
  kind: 'keycloak',
  title: 'Keycloak',
  signs: ['/opt/keycloak', '/etc/keycloak'],
  folders: ['/opt/keycloak', '/etc/keycloak'],
  excludes: ['/opt/keycloak/data/tmp/*', '/opt/keycloak/data/h2/*'],
  services: ['keycloak.service'],
  companions: ['postgresql', 'mariadb'],
  takes: {
    en: 'keycloak.conf, key stores, providers and themes, the program itself. The development database (H2) is left out.',
    pt: 'keycloak.conf, repositórios de chaves, provedores e temas, o próprio programa. O banco de desenvolvimento (H2) fica de fora.',
  },
  back: {
    en: 'The database first, then files, then “kc.sh build” when the version is another one, then the service.',
    pt: 'Primeiro o banco, depois os arquivos, depois “kc.sh build” se a versão for outra, depois o serviço.',
  },
});
