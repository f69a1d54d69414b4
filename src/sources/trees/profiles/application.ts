// What applications have in common: folders of settings and data, SQLite databases copied consistently, and a server's
// database that a profile of its own takes.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Bilingual } from '../../../base/language.ts';
import { field } from '../../../base/secret-schema.ts';
import type { ProfileKind } from './profile.ts';
import { sqliteCopies } from './sqlite-copy.ts';

const config = z.strictObject({
  folders: field(z.array(z.string().startsWith('/')).default([]), 'Folders besides the usual ones'),
  sqlite: field(z.array(z.string().startsWith('/')).default([]), 'SQLite databases besides the usual ones'),
  excludes: field(z.array(z.string()).default([]), 'Left out, besides what the application makes again'),
});
type ApplicationConfig = z.output<typeof config>;

/** What is particular to one application. Of its usual places those are taken that are there. */
export interface Application {
  kind: string;
  title: string;
  /** One of these is enough for `detect`. */
  signs: readonly string[];
  folders: readonly string[];
  sqlite?: readonly string[];
  /** What is in folders that the application fills again; the folders themselves come back, with their owners. */
  excludes?: readonly string[];
  services: readonly string[];
  companions?: readonly string[];
  takes: Bilingual;
  back: Bilingual;
}

/** The profile of an application. */
export function applicationProfile(application: Application): ProfileKind<ApplicationConfig> {
  const { kind, title, takes, back, companions } = application;
  const hasServer = companions !== undefined;
  return {
    kind,
    title,
    config,
    ...(companions === undefined ? {} : { companions }),
    about: {
      takes,
      back,
      consistent: {
        en: hasServer
          ? 'Its database is taken by the profile of the server, in one transaction; files are read while it runs, and again when they changed meanwhile.'
          : 'Its SQLite databases are copied inside a read transaction; files are read while it runs, and again when they changed meanwhile.',
        pt: hasServer
          ? 'O banco é levado pelo perfil do servidor, em uma só transação; os arquivos são lidos com o programa em uso, e relidos se mudaram nesse meio-tempo.'
          : 'Os bancos SQLite são copiados dentro de uma transação de leitura; os arquivos são lidos com o programa em uso, e relidos se mudaram nesse meio-tempo.',
      },
    },
    detect: async () => (application.signs.some((sign) => existsSync(sign)) ? {} : undefined),
    async prepare(settings, { name }) {
      const there = (paths: readonly string[] | undefined): string[] =>
        (paths ?? []).filter((path) => existsSync(path));
      const copied = sqliteCopies(name, [...new Set([...there(application.sqlite), ...settings.sqlite])]);
      return {
        ...copied,
        folders: [...there(application.folders), ...settings.folders],
        excludes: [...copied.excludes, ...(application.excludes ?? []), ...settings.excludes],
        services: application.services,
      };
    },
  };
}
