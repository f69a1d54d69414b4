// CIFS/SMB without a mount, against a real smbd: every fault of docs/destinations.md that a file server can have.
import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSmbFolder, openSmbBackend } from '../../src/backends/smb/smb-backend.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { tellNotes } from '../../src/base/note.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { probeBackend } from '../../src/destinations/probe.ts';
import { openLine } from '../support/line.ts';
import { type SmallDisk, fillDisk, onlyRoot, quotaDisk, btrfsSkip, smallDisk } from '../support/small-disk.ts';
import { type SmbServer, startSmbServer } from '../support/smb-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { needs } from '../support/tools.ts';
import { judgeFolder } from './judge.ts';
import { type Row, type Site as LineSite, lineFaults, sufferAll } from './rows.ts';
import { storyAt } from './story.ts';

// A silent server is given up after four times as long.
const timeoutSeconds = 1;
const withinSeconds = 15;

interface Site extends LineSite {
  server: SmbServer;
  disk: SmallDisk;
  password: string;
}

const shareOn = (disk: SmallDisk, ...more: string[]): Record<string, string[]> => ({
  small: [`path = ${disk.path}`, ...more],
});

const faults: Record<string, Row<Site>> = {
  'the password changed': {
    codes: ['backend.auth'],
    says: /user, password or domain are wrong/,
    strike: (site) => (site.password = 'another'),
    mend: (site) => (site.password = site.server.password),
  },
  'the share is removed': {
    codes: ['backend.place-missing'],
    says: /no such share/,
    async strike({ server }) {
      await server.setShares({});
      await server.restart();
    },
    async mend({ server, disk }) {
      await server.setShares(shareOn(disk));
      await server.restart();
    },
  },
  'the folder is gone': {
    codes: ['backend.place-missing'],
    says: /is not there/,
    strike: ({ disk }) => rename(join(disk.path, 'orbit'), join(disk.path, 'moved')),
    mend: ({ disk }) => rename(join(disk.path, 'moved'), join(disk.path, 'orbit')),
  },
  'the disk is full': {
    codes: ['backend.no-space'],
    says: /Free space there/,
    strike: ({ disk }) => fillDisk(disk.path, 300_000),
    mend: ({ disk }) => rm(join(disk.path, 'filler')),
  },
  'the disk is read-only': {
    codes: ['backend.read-only', 'backend.permission'],
    says: /for writing|the right to its folder/,
    strike: ({ disk }) => disk.remountReadOnly(),
    mend: ({ disk }) => disk.remountWritable(),
  },
};

const programs = needs('smbd', 'smbclient', 'smbpasswd', 'stdbuf', 'setsid', 'restic');

test('smb: no fault hangs a run or harms the repository', {
  skip: programs.skip || (onlyRoot.skip && 'only root may make the user of the server'),
}, async (context) => {
  const server = await startSmbServer();
  context.after(() => server.stop());
  const disk = await smallDisk(context, '64m');
  await server.own(disk.path);
  await server.setShares(shareOn(disk));
  await server.restart();
  const line = await openLine(server.port);
  context.after(() => line.stop());
  const site: Site = { server, line, disk, address: line, password: server.password };
  const spoolFolder = await temporaryFolder(context);
  const settings = (path = '/small/orbit') => ({
    location: `smb://test${path}`,
    ...site.address,
    user: server.user,
    path,
    password: new SecretString(site.password),
    spoolFolder,
    encrypt: true,
    timeoutSeconds,
  });
  await makeSmbFolder(settings());
  const open = async () => openSmbBackend(settings());
  const story = await storyAt({ open, judge: judgeFolder(join(disk.path, 'orbit/system'), spoolFolder) });

  await sufferAll(context, 'smb', { story, site, withinSeconds }, { ...lineFaults(445), ...faults });
  await context.test('smb: the connection is reset in any call', async () => {
    assert.ok((await story.survivesCuts(() => line.afterBytes(1, () => line.reset()))) >= 6);
  });
  await context.test('smb: the quota is used up', { skip: btrfsSkip }, async (inner) => {
    const limited = await quotaDisk(inner);
    await server.own(limited.path);
    await server.setShares({ limited: [`path = ${limited.path}`] });
    await server.restart();
    const judge = judgeFolder(join(limited.path, 'system'), spoolFolder);
    const small = await storyAt({ open: async () => openSmbBackend(settings('/limited')), judge });
    await small.suffers({
      // Samba tells clients that the disk is full, or cuts the object off without a word.
      codes: ['backend.quota', 'backend.no-space', 'backend.refused'],
      says: /quota|give it more/,
      withinSeconds,
      strike: () => limited.limit(2_500_000),
      mend: () => limited.limit('none'),
    });
    await server.setShares(shareOn(disk));
    await server.restart();
  });
  await context.test('smb: the clocks differ', async () => {
    const backend = await open();
    const { result } = await probeBackend(backend, { clock: fixedClock(new Date(Date.now() + 10 * 60_000)) });
    await backend.close();
    assert.match(tellNotes(result.worries, 'en'), /^its clock is \d+ min \d\d s behind/);
  });
});
