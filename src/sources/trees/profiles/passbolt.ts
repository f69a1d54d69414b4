// Passbolt: settings, the server's OpenPGP keys and JWT keys; its database by the server's profile.
import { applicationProfile } from './application.ts';

/** Passbolt as its Debian package sets it up. */
export const passbolt = applicationProfile({
  kind: 'passbolt',
  title: 'Passbolt',
  signs: ['/etc/passbolt'],
  folders: [
    '/etc/passbolt',
    '/var/lib/passbolt',
    '/usr/share/php/passbolt/webroot/img/avatar',
    '/usr/share/php/passbolt/webroot/img/public',
  ],
  excludes: ['/var/lib/passbolt/tmp/*'],
  services: ['nginx.service', 'php8.2-fpm.service'],
  companions: ['mariadb', 'postgresql'],
  takes: {
    en: 'passbolt.php, the server’s OpenPGP key pair and keyring, JWT keys, avatars.',
    pt: 'passbolt.php, o par de chaves OpenPGP do servidor e o chaveiro, chaves JWT, avatares.',
  },
  back: {
    en: 'The database, then files; then “passbolt healthcheck” as www-data. Users keep their own keys; without the server key nobody signs in.',
    pt: 'O banco, depois os arquivos; depois “passbolt healthcheck” como www-data. Usuários mantêm suas chaves; sem a chave do servidor ninguém entra.',
  },
});
