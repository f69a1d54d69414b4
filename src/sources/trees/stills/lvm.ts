// Stills of LVM: a thin snapshot where the volume is thin, else a classic one with room for what is written meanwhile.
import { note } from '../../../base/note.ts';
import { runProgram } from '../../../base/program.ts';
import { must, notRemoved, notTaken, type Still, type StillKind, stillPrefix } from './still.ts';

interface Volume {
  vg_name: string;
  lv_name: string;
  lv_size: string;
  vg_free: string;
  segtype: string;
}

// Of the volume's own size: what is written during a run must fit, or the snapshot is lost, which is noticed.
const classicShare = 0.2;
const classicBytesMin = 32 * 1024 * 1024;

/** LVM. */
export const lvm: StillKind = {
  kind: 'lvm',
  async plan({ mount, device, type, root }, stamp) {
    if (!/^\/dev\/(mapper\/|dm-)/.test(device)) return undefined;
    const volume = await volumeOf(device);
    if (volume === undefined) return undefined;
    if (root !== '/') throw notTaken(note('stills.part-of-device', { path: mount, device }));
    return { kind: 'lvm', of: `${volume.vg_name}/${volume.lv_name}`, name: `${stillPrefix}${stamp}`, type };
  },
  async take({ of, name }, timeoutMs) {
    const volume = await volumeOf(of);
    if (volume === undefined) throw notTaken(note('stills.volume-gone', { volume: of }));
    const size = volume.segtype === 'thin' ? [] : ['--size', `${classicBytes(volume)}b`];
    // Thin snapshots are not activated unless told.
    await must('lvcreate', ['--snapshot', '--setactivationskip', 'n', ...size, '--name', name, of], timeoutMs);
  },
  async show(still, folder) {
    // The same file system twice: XFS must be told to let it pass, and there is nothing to play back in a frozen one.
    const options = still.type === 'xfs' ? 'ro,nouuid,norecovery' : 'ro';
    await must('mount', ['-t', still.type, '-o', options, `/dev/${groupOf(still)}/${still.name}`, folder]);
  },
  async spoiled(still) {
    const state = await ask(`${groupOf(still)}/${still.name}`, 'lv_snapshot_invalid,data_percent');
    if (state === undefined) return 'the snapshot is gone';
    return state['lv_snapshot_invalid'] === 'snapshot invalid' || Number(state['data_percent']) >= 100
      ? 'more was written meanwhile than the snapshot had room for'
      : undefined;
  },
  async remove(still) {
    const volume = `${groupOf(still)}/${still.name}`;
    if ((await ask(volume, 'lv_name')) === undefined) return;
    const { exitCode, stderr } = await runProgram('lvremove', ['--force', '--yes', volume]);
    if (exitCode !== 0) throw notRemoved(still, stderr.trim());
  },
};

function groupOf({ of }: Still): string {
  return of.split('/')[0] ?? '';
}

function classicBytes({ lv_size: size, vg_free: free, vg_name: group }: Volume): number {
  const wanted = Math.max(Math.floor(Number(size) * classicShare), classicBytesMin);
  const bytes = Math.min(wanted, Number(free));
  if (bytes < classicBytesMin) throw notTaken(note('stills.no-room', { group, bytes: Number(free) }));
  return bytes;
}

async function volumeOf(device: string): Promise<Volume | undefined> {
  return (await ask(device, 'vg_name,lv_name,lv_size,vg_free,segtype')) as Volume | undefined;
}

// Undefined when LVM knows no such volume: other things have a device mapper too, such as dm-crypt.
async function ask(volume: string, fields: string): Promise<Record<string, string> | undefined> {
  const args = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', fields, volume];
  const { exitCode, stdout } = await runProgram('lvs', args).catch(() => ({ exitCode: -1, stdout: Buffer.alloc(0) }));
  if (exitCode !== 0) return undefined;
  const answer = JSON.parse(stdout.toString('utf8')) as { report: { lv: Record<string, string>[] }[] };
  return answer.report[0]?.lv[0];
}
