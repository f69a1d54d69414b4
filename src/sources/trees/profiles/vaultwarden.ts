// Vaultwarden: its data folder with attachments, sends and keys; the SQLite database by a consistent copy.
import { applicationProfile } from './application.ts';

/** A Vaultwarden server with SQLite; with another database, add that server's profile too. */
export const vaultwarden = applicationProfile({
  kind: 'vaultwarden',
  title: 'Vaultwarden',
  signs: ['/var/lib/vaultwarden', '/etc/vaultwarden.env', '/vw-data'],
  folders: ['/var/lib/vaultwarden', '/etc/vaultwarden.env', '/etc/vaultwarden', '/vw-data'],
  sqlite: ['/var/lib/vaultwarden/db.sqlite3', '/var/lib/vaultwarden/data/db.sqlite3', '/vw-data/db.sqlite3'],
  excludes: ['/var/lib/vaultwarden/icon_cache/*', '/var/lib/vaultwarden/data/icon_cache/*', '/vw-data/icon_cache/*'],
  services: ['vaultwarden.service'],
  takes: {
    en: 'The data folder (attachments, sends, RSA keys, config.json), its settings, and db.sqlite3. The icon cache is left out.',
    pt: 'A pasta de dados (anexos, sends, chaves RSA, config.json), as configurações e db.sqlite3. O cache de ícones fica de fora.',
  },
  back: {
    en: 'Files and database come back to their places before the service starts; the RSA keys keep sign-ins valid.',
    pt: 'Arquivos e banco voltam a seus lugares antes de o serviço iniciar; as chaves RSA mantêm as sessões válidas.',
  },
});
