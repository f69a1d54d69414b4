// SQLite databases of any program, copied consistently while the program runs.
import { z } from 'zod';
import { field } from '../../../base/secret-schema.ts';
import type { ProfileKind } from './profile.ts';
import { sqliteCopies } from './sqlite-copy.ts';

const config = z.strictObject({
  files: field(z.array(z.string().startsWith('/')).min(1), 'Paths of the databases'),
});

/** SQLite files. */
export const sqlite: ProfileKind<z.output<typeof config>> = {
  kind: 'sqlite',
  title: 'SQLite files',
  config,
  about: {
    takes: {
      en: 'The databases that are named. The files themselves and their journals are left out.',
      pt: 'Os bancos indicados. Os próprios arquivos e seus diários ficam de fora.',
    },
    consistent: {
      en: 'All pages are read inside one read transaction; writers go on.',
      pt: 'Todas as páginas são lidas dentro de uma só transação de leitura; quem escreve continua.',
    },
    back: {
      en: 'The copy becomes the file again, with its owner and permissions; old journals beside it are removed.',
      pt: 'A cópia volta a ser o arquivo, com dono e permissões; diários antigos ao lado são removidos.',
    },
  },
  detect: async () => undefined,
  prepare: async ({ files }, { name }) => ({ folders: [], ...sqliteCopies(name, files) }),
};
