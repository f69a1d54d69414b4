// Compiles the AssemblyScript of the engine to the committed .wasm files. `--to FOLDER` builds elsewhere, to compare.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sourceFolder = 'src/engine/wasm/assembly';
/** Where the committed files lie, from the project's root. */
export const wasmFolder = 'src/engine/wasm';

/** Builds every module into `folder` and gives the names of the files. */
export function buildWasm(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return globSync(`${sourceFolder}/*.ts`, { cwd: root }).map((source) => {
    const name = `${basename(source, '.ts')}.wasm`;
    const flags = ['-O3', '--noAssert', '--converge', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];
    flags.push('--enable', 'relaxed-simd', '--memoryBase', '1024', '--outFile', join(folder, name));
    const result = spawnSync(process.execPath, [join(root, 'node_modules/.bin/asc'), source, ...flags], {
      cwd: root,
      stdio: 'inherit',
    });
    if (result.status !== 0) throw new Error(`${source} does not compile`);
    return name;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const to = process.argv.indexOf('--to');
  const folder = to < 0 ? join(root, wasmFolder) : (process.argv[to + 1] ?? '');
  console.log(`built ${buildWasm(folder).join(' ')} in ${folder}`);
}
