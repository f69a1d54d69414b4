// CIFS and NFS as the kernel mounts them: the suites of test/lab/ in a small guest kernel, against real servers. The third
// suite, `loss`, waits for the kernel's own time-outs for minutes, the fourth, `stills`, is about LVM: `npm run test:lab NAME`.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../src/base/program.ts';
import { labSkip } from './lab/lab.ts';

const script = fileURLToPath(new URL('../scripts/test-lab.ts', import.meta.url));

describe('the mount lab', { concurrency: true }, () => {
  for (const [suite, sentence] of Object.entries({
    contract: 'every promise of a backend holds over real CIFS and NFS mounts',
    faults: 'no fault of a mounted share hangs a run or harms the repository',
  })) {
    test(sentence, { skip: labSkip() }, async () => {
      // A network and mounts of its own: both are gone with it.
      const args = ['--net', '--mount', process.execPath, script, 'inside', suite];
      const result = await runProgram('unshare', args, { timeoutMs: 1_500_000 });
      assert.equal(result.exitCode, 0, `${result.stdout.toString()}\n${result.stderr}`);
    });
  }
});
