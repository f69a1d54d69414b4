// What does error correction cost? Bytes and processor time for a pack of 16 MiB: making its side file, finding that it is whole, and
// giving a damaged tenth back. `node bench/parity.bench.ts`
import { randomBytes } from 'node:crypto';
import { decodeSideFile, encodeSideFile, mendFile } from '../src/engine/parity/side-file.ts';

const mebibytes = 16;
const pack = randomBytes(mebibytes << 20);

function megabytesPerSecond(rounds: number, work: () => void): string {
  work();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) work();
  const { user, system } = process.cpuUsage(before);
  return `${Math.round((mebibytes * rounds * 1e6) / (user + system))}`;
}

console.log('MiB of packs per second of processor time\n');
console.log('| share | side file | make | make, portable | mend the whole share |\n| --- | --- | --- | --- | --- |');
for (const percent of [2, 5, 10, 20, 50]) {
  const side = encodeSideFile(pack, percent);
  const decoded = decodeSideFile(side);
  if (decoded === undefined) throw new Error('its own side file cannot be read');
  const damaged = Buffer.from(pack);
  damaged.fill(0, 1 << 20, (1 << 20) + Math.floor((pack.length * percent) / 100));
  const cells = [
    `${percent} %`,
    `${((side.length * 100) / pack.length).toFixed(1)} %`,
    megabytesPerSecond(8, () => void encodeSideFile(pack, percent)),
    megabytesPerSecond(1, () => void encodeSideFile(pack, percent, { portable: true })),
    megabytesPerSecond(3, () => {
      const mended = mendFile(damaged, decoded);
      if (mended.result !== 'mended') throw new Error('it was not mended');
    }),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
