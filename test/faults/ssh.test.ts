// rsync and SFTP against a real sshd: every fault of docs/destinations.md that an SSH server, its disk or its network can have.
import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { fixedClock } from '../../src/base/clock.ts';
import { tellNotes } from '../../src/base/note.ts';
import { makeRsyncFolder } from '../../src/backends/rsync/make-rsync-folder.ts';
import { openRsyncBackend } from '../../src/backends/rsync/rsync-backend.ts';
import { makeSftpFolder } from '../../src/backends/sftp/make-sftp-folder.ts';
import { openSftpBackend } from '../../src/backends/sftp/sftp-backend.ts';
import { openSshConnection } from '../../src/backends/ssh/connection.ts';
import { createSshKeyPair } from '../../src/backends/ssh/key-pair.ts';
import { probeBackend } from '../../src/destinations/probe.ts';
import { openLine } from '../support/line.ts';
import { fillDisk, onlyRoot, quotaDisk, btrfsSkip, smallDisk } from '../support/small-disk.ts';
import { type SshServer, startSshServer } from '../support/ssh-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { needs } from '../support/tools.ts';
import { judgeFolder } from './judge.ts';
import { type Row, type Site as LineSite, lineFaults, sufferAll } from './rows.ts';
import { storyAt } from './story.ts';

// With these a connection is given up after 2 × 1 + 5 s, and silence after 2 s (rsync, SFTP) or 3 × 1 s (ssh itself).
const connectTimeoutSeconds = 1;
const aliveIntervalSeconds = 1;
const timeoutSeconds = 2;
const withinSeconds = 20;

interface Site extends LineSite {
  server: SshServer;
  key: Awaited<ReturnType<typeof createSshKeyPair>>;
  disk: Awaited<ReturnType<typeof smallDisk>>;
  place: string;
  pinned: SshServer['hostKey'];
}

const kinds = {
  rsync: { make: makeRsyncFolder, open: openRsyncBackend },
  sftp: { make: makeSftpFolder, open: openSftpBackend },
};

const faults: Record<string, Row<Site>> = {
  'the key is not accepted any more': {
    codes: ['backend.auth'],
    says: /authorized_keys/,
    strike: ({ server }) => server.authorize(),
    mend: ({ server, key }) => server.authorize(key.publicLine),
  },
  'the host key changed': {
    codes: ['backend.host-key-changed'],
    says: /orbit destination trust/,
    strike: ({ server }) => server.restart({ newHostKey: true }),
    // A person compares and confirms it.
    mend: (site) => (site.pinned = site.server.hostKey),
  },
  'the folder is gone': {
    codes: ['backend.place-missing'],
    says: /Is it mounted\? Was it moved or removed/,
    strike: ({ place }) => rename(place, `${place} moved`),
    mend: ({ place }) => rename(`${place} moved`, place),
  },
  'the disk is full': {
    skip: onlyRoot.skip,
    codes: ['backend.no-space'],
    says: /Free space there/,
    strike: ({ disk }) => fillDisk(disk.path, 300_000),
    mend: ({ disk }) => rm(join(disk.path, 'filler')),
  },
  'the disk is read-only': {
    skip: onlyRoot.skip,
    codes: ['backend.read-only'],
    says: /goes read-only by itself when its disk fails/,
    strike: ({ disk }) => disk.remountReadOnly(),
    mend: ({ disk }) => disk.remountWritable(),
  },
};

// They wait for time-outs most of the time: together they are done sooner.
describe('an SSH server with faults', { concurrency: true }, () => {
  for (const [kind, { make, open }] of Object.entries(kinds)) {
    test(
      `${kind}: no fault hangs a run or harms the repository`,
      needs('ssh', 'sshd', 'rsync', 'restic'),
      async (context) => {
        const server = await startSshServer();
        context.after(() => server.stop());
        const line = await openLine(server.port);
        context.after(() => line.stop());
        const key = await createSshKeyPair('ed25519', 'orbit');
        await server.authorize(key.publicLine);
        const disk = await (onlyRoot.skip === false ? smallDisk(context, '64m') : noDisk(context));
        const spoolFolder = await temporaryFolder(context);
        const place = join(disk.path, 'orbit');
        const site: Site = { server, line, address: line, key, disk, place, pinned: server.hostKey };
        const settings = async (path = place) => {
          const target = { ...server, ...site.address, key, connectTimeoutSeconds, aliveIntervalSeconds };
          const connection = await openSshConnection({ ...target, hostKey: site.pinned }, kind);
          return { location: `${kind}://test`, connection, path, spoolFolder, timeoutSeconds };
        };
        const first = await settings();
        await make(first);
        await first.connection.close();
        const opened = async () => open(await settings());
        const story = await storyAt({ open: opened, judge: judgeFolder(join(place, 'system'), spoolFolder) });

        await sufferAll(context, kind, { story, site, withinSeconds }, { ...lineFaults(22), ...faults });
        await context.test(`${kind}: the connection is reset in any call`, async () => {
          assert.ok((await story.survivesCuts(() => line.afterBytes(1, () => line.reset()))) >= 6);
        });
        await context.test(`${kind}: the quota is used up`, { skip: btrfsSkip }, async (inner) => {
          const limited = await quotaDisk(inner);
          const judge = judgeFolder(join(limited.path, 'system'), spoolFolder);
          const small = await storyAt({ open: async () => open(await settings(limited.path)), judge });
          await small.suffers({
            // SFTP knows no word for it: the message tells what it may be.
            codes: kind === 'sftp' ? ['backend.refused'] : ['backend.quota'],
            says: /quota/,
            withinSeconds,
            strike: () => limited.limit(2_500_000),
            mend: () => limited.limit('none'),
          });
        });
        await context.test(`${kind}: the clocks differ`, async () => {
          const backend = await opened();
          const { result } = await probeBackend(backend, { clock: fixedClock(new Date(Date.now() + 10 * 60_000)) });
          await backend.close();
          assert.match(tellNotes(result.worries, 'en'), /^its clock is \d+ min \d\d s behind/);
        });
      },
    );
  }
});

async function noDisk(context: TestContext): Promise<Site['disk']> {
  const path = await temporaryFolder(context);
  const nothing = async (): Promise<void> => {};
  return { path, unmount: nothing, mountAgain: nothing, remountReadOnly: nothing, remountWritable: nothing };
}
