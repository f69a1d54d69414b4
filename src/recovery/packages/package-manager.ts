// What a package manager of the target does for a recovery: say what is installed, and install what is missing.
import { Writable } from 'node:stream';
import { Failure } from '../../base/failure.ts';
import type { InsideResult, TargetRoot } from '../root.ts';

/** What is installed. */
export interface PackagesWanted {
  /** Names as the manager's list has them. */
  missing: readonly string[];
  /** Names that a person asked for on the old machine; the others came along, and may go along. */
  byHand: readonly string[];
}

/** A package manager. */
export interface PackageManager {
  /** The program that installs. */
  program: 'apt-get' | 'dnf';
  /** The host profile's list of installed packages. */
  list: string;
  /** The host profile's list of those a person asked for, where there is one. */
  byHand?: string;
  /** Name → version in the target; undefined where the target does not have this manager. */
  installed(root: TargetRoot): Promise<Map<string, string> | undefined>;
  /** True when the target can be asked to install. */
  canInstall(root: TargetRoot): boolean;
  /**
   * Installs them from the sources the target knows. Gives those that no source has.
   * @throws Failure `recovery.packages-not-installed`
   */
  install(root: TargetRoot, wanted: PackagesWanted, options: { signal?: AbortSignal }): Promise<string[]>;
}

/** All lines that a program of the target prints: lists of what sources offer are longer than what is kept of other programs. */
export async function linesInside(root: TargetRoot, command: string, args: string[]): Promise<string[]> {
  const pieces: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk);
      done();
    },
  });
  await root.run(command, args, { env: { LC_ALL: 'C.UTF-8' }, output });
  const lines = Buffer.concat(pieces).toString('utf8').split('\n');
  return lines.filter((line) => line !== '');
}

/** What it said when it could not. */
export function notInstalled(program: PackageManager['program'], ...results: InsideResult[]): Failure {
  // They explain themselves on standard output, and give up on standard error.
  const text = results.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const sources = program === 'dnf' ? '/etc/yum.repos.d' : '/etc/apt';
  return new Failure('recovery.packages-not-installed', {
    message: `${program} could not install the packages: ${lines.slice(-6).join('; ')}`,
    hint: `No file of the backup was written yet. The old machine’s package sources come back with: --only ${sources}. Then run the same command again, or without --install-packages.`,
  });
}
