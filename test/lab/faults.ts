// In the guest: every fault of docs/destinations.md that a mounted share can have, made at the real server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullConfig, kindOf } from '../../src/destinations/destination.ts';
import { prepareDestination } from '../../src/destinations/open.ts';
import { probeBackend } from '../../src/destinations/probe.ts';
import { tellNotes } from '../../src/base/note.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { type Fault, type Verdict, storyAt } from '../faults/story.ts';
import { type Kind, askHost, facts, kinds, labDestination } from './guest.ts';

// A call is given up after so long; a run makes one or two of them on a dead mount, and mounting is one.
const timeoutSeconds = 10;
const withinSeconds = 60;

type Row = Omit<Fault, 'withinSeconds' | 'strike' | 'mend'> & {
  kinds?: Kind[];
  strike(site: Site): unknown;
  mend?(site: Site): unknown;
};

interface Site {
  disk: string;
  place: string;
  /** Settings that a fault changes. */
  changed: Record<string, unknown>;
}

async function run(...command: string[]): Promise<void> {
  assert.equal(await askHost({ do: 'run', command }), 'ran', command.join(' '));
}

// Servers that remember names and handles must notice.
async function moved(from: string, to: string): Promise<void> {
  await run('mv', from, to);
  await askHost({ do: 'restart' });
}

const faults: Record<string, Row> = {
  'the host is down': {
    codes: ['backend.unreachable', 'backend.timeout'],
    says: /Is the host up|overloaded or hangs/,
    strike: () => askHost({ do: 'kill' }),
    mend: () => askHost({ do: 'restart' }),
  },
  'nobody answers at that address, not even ARP': {
    codes: ['backend.unreachable', 'backend.timeout'],
    says: /Is the host up|overloaded or hangs/,
    strike: (site) => (site.changed = { host: '10.96.0.99' }),
  },
  'packets are dropped in silence': {
    codes: ['backend.unreachable', 'backend.timeout'],
    says: /Is the host up|overloaded or hangs/,
    strike: () => askHost({ do: 'drop' }),
    mend: () => askHost({ do: 'pass' }),
  },
  'the server is killed in the middle of a run': {
    isMidway: true,
    codes: ['backend.timeout', 'backend.unreachable', 'backend.input-output'],
    says: /Orbit tries again by itself|look at the mount/i,
    strike: () => askHost({ do: 'kill' }),
    mend: () => askHost({ do: 'restart' }),
  },
  'packets are dropped in the middle of a run': {
    isMidway: true,
    codes: ['backend.timeout', 'backend.unreachable'],
    says: /did not answer|Is the host up/,
    strike: () => askHost({ do: 'drop' }),
    mend: () => askHost({ do: 'pass' }),
  },
  'the server stands still in the middle of a run': {
    isMidway: true,
    codes: ['backend.timeout', 'backend.unreachable'],
    says: /overloaded or hangs|Is the host up/,
    strike: () => askHost({ do: 'stop' }),
    mend: () => askHost({ do: 'continue' }),
  },
  'the password is wrong': {
    kinds: ['cifs'],
    codes: ['backend.auth'],
    says: /password/,
    strike: (site) => (site.changed = { password: 'wrong' }),
  },
  'the share is removed': {
    kinds: ['cifs'],
    codes: ['backend.place-missing'],
    says: /no such share/,
    strike: () => askHost({ do: 'unshare' }),
    mend: () => askHost({ do: 'share' }),
  },
  'the export is not for this machine': {
    kinds: ['nfs'],
    codes: ['backend.place-missing'],
    says: /not to this machine/,
    strike: (site) => (site.changed = { path: '/not/exported' }),
  },
  'the folder is gone': {
    codes: ['backend.place-missing'],
    says: /Was it moved or removed|does not export that path/,
    strike: ({ place }) => moved(place, `${place}-moved`),
    mend: ({ place }) => moved(`${place}-moved`, place),
  },
  'the disk is full': {
    codes: ['backend.no-space'],
    says: /Free space there/,
    strike: ({ disk }) => run('sh', '-c', 'head -c 500M /dev/zero >"$0/filler"; truncate -s -300K "$0/filler"', disk),
    mend: ({ disk }) => run('rm', `${disk}/filler`),
  },
  'the disk is read-only': {
    codes: ['backend.read-only', 'backend.permission'],
    says: /for writing|the right to its folder/,
    strike: ({ disk }) => run('mount', '-o', 'remount,ro', disk),
    mend: ({ disk }) => run('mount', '-o', 'remount,rw', disk),
  },
};

const judgeAt = (place: string) => async (): Promise<Verdict> => {
  const answer = await askHost({ do: 'check', path: `${place}/system` });
  assert.match(answer, /^\{/, answer);
  const { exitCode, ids, text } = JSON.parse(answer) as { exitCode: number; ids: string[]; text: string };
  return { isClean: exitCode === 0 && text.includes('no errors were found'), snapshots: ids, text };
};

for (const kind of kinds) {
  test(`${kind}: no fault hangs a run or harms the repository`, async (context) => {
    const disk = kind === 'cifs' ? facts.smbDisk : facts.nfsDisk;
    const site: Site = { disk, place: `${disk}/orbit`, changed: {} };
    const path = kind === 'cifs' ? '/small/orbit' : site.place;
    if (kind === 'nfs') await run('mkdir', site.place);
    const { context: opener, destination } = labDestination(kind, `faults-${kind}`, { path, timeoutSeconds });
    await prepareDestination(opener, destination());
    const full = fullConfig(opener.store, opener.instanceKey, destination());
    const surroundings = { spoolFolder: '/run/orbit-home/spool', sshKey: () => assert.fail('no key is asked for') };
    const open = (more: Record<string, unknown> = {}) =>
      kindOf(kind).open(kindOf(kind).config.parse({ ...full, ...site.changed, ...more }), surroundings);
    const story = await storyAt({
      open: () => open(),
      judge: judgeAt(site.place),
    });
    for (const [name, { strike, mend, kinds: only = [...kinds], ...fault }] of Object.entries(faults)) {
      if (!only.includes(kind)) continue;
      await context.test(`${kind}: ${name}`, async () => {
        await story.suffers({
          ...fault,
          withinSeconds,
          strike: () => strike(site),
          async mend() {
            site.changed = {};
            await mend?.(site);
          },
        });
      });
    }
    await context.test(`${kind}: the clocks differ`, async () => {
      const backend = await open();
      const { result } = await probeBackend(backend, { clock: fixedClock(new Date(Date.now() + 10 * 60_000)) });
      await backend.close();
      assert.match(tellNotes(result.worries, 'en'), /^its clock is \d+ min \d\d s behind/);
    });
    const limited = kind === 'cifs' ? facts.smbLimited : facts.nfsLimited;
    const skip = limited === '' ? 'needs btrfs' : false;
    await context.test(`${kind}: the quota is used up`, { skip }, async () => {
      const folder = `${limited}/orbit`;
      await run('mkdir', folder);
      if (kind === 'cifs') await run('chown', facts.smbUser, folder);
      const small = await storyAt({
        open: () => open({ path: kind === 'cifs' ? '/limited/orbit' : folder }),
        judge: judgeAt(folder),
      });
      await small.suffers({
        // Samba has one word for a full disk and a used up quota.
        codes: kind === 'cifs' ? ['backend.quota', 'backend.no-space'] : ['backend.quota'],
        says: kind === 'cifs' ? /quota|give it more/ : /the quota .* is used up[^]*Raise the quota/,
        withinSeconds,
        strike: () => run('btrfs', 'qgroup', 'limit', '2500000', limited),
        mend: () => run('btrfs', 'qgroup', 'limit', 'none', limited),
      });
    });
    if (kind === 'cifs') return;
    await context.test('nfs: a stale handle is mended at once, in the middle of a run', async () => {
      // Another folder by the same name, with the same content: what was opened before is no more.
      const { place } = site;
      await story.shrugsOff(async () => {
        await run('sh', '-c', 'mv "$0" "$0-old" && cp -a "$0-old" "$0" && rm -r "$0-old"', place);
        await askHost({ do: 'restart' });
      });
    });
  });
}
