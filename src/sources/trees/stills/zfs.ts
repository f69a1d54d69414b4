// Stills of ZFS: a snapshot of the data set, mounted beside it.
import { runProgram } from '../../../base/program.ts';
import { must, notRemoved, type Still, type StillKind, stillPrefix } from './still.ts';

const nameOf = ({ of, name }: Still): string => `${of}@${name}`;

/** ZFS. */
export const zfs: StillKind = {
  kind: 'zfs',
  async plan({ device, type }, stamp) {
    return type === 'zfs' ? { kind: 'zfs', of: device, name: `${stillPrefix}${stamp}`, type } : undefined;
  },
  take: async (still, timeoutMs) => void (await must('zfs', ['snapshot', nameOf(still)], timeoutMs)),
  show: async (still, folder) => void (await must('mount', ['-t', 'zfs', '-o', 'ro', nameOf(still), folder])),
  spoiled: async () => undefined,
  async remove(still) {
    const found = await runProgram('zfs', ['list', '-H', '-t', 'snapshot', nameOf(still)]);
    if (found.exitCode !== 0) return;
    const { exitCode, stderr } = await runProgram('zfs', ['destroy', nameOf(still)]);
    if (exitCode !== 0) throw notRemoved(still, stderr.trim());
  },
};
