import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { withWhereLinksLead, withWhereTheyLie } from './links.ts';
import { prepareSystem } from './system-source.ts';

test('a folder that is a link is taken with what it leads to, and what is left out is left out there as well', async (context) => {
  const folder = await temporaryFolder(context);
  const [real, link] = [join(folder, 'real'), join(folder, 'link')];
  mkdirSync(join(real, 'cache'), { recursive: true });
  writeFileSync(join(real, 'kept'), 'kept');
  symlinkSync(real, link);
  const source = { folders: [link], excludes: [`${link}/cache/*`, '*.tmp'], commands: [], profiles: [] };
  const prepared = await prepareSystem(source, { orbitVersion: 'orbit' });
  await prepared.close();
  assert.deepEqual(prepared.folders, [link, real]);
  assert.deepEqual(prepared.excludes, [`${link}/cache/*`, `${real}/cache/*`, '*.tmp']);

  assert.deepEqual(withWhereLinksLead([link, folder]), [link, folder], 'what lies in another folder comes with it');
  assert.deepEqual(withWhereLinksLead(['/', link, join(folder, 'gone')]), ['/', link, join(folder, 'gone')]);
  assert.deepEqual(withWhereTheyLie([link]), [link], 'a link that is left out is left out itself');
  assert.deepEqual(withWhereTheyLie([`${link}/gone/*`, `${link}/*.log`]), [
    `${link}/gone/*`,
    `${real}/gone/*`,
    `${link}/*.log`,
    `${real}/*.log`,
  ]);
});
