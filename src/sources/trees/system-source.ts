// What a system job takes, made ready for one snapshot: folders, commands, profiles, and what recovery must know of them.
import { type Note, tellNote } from '../../base/note.ts';
import { arch, hostname, release } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../base/operation.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { CommandFile, MadeFile, VirtualFile } from '../../engine/backup/source-plan.ts';
import { fileSystems } from './profiles/host/file-systems.ts';
import type { PreparedProfile, ProfileKind } from './profiles/profile.ts';
import { profileKind } from './profiles/profiles.ts';
import { orbitFolder, type RecoveryFacts, recoveryFactsPath } from './recovery-facts.ts';
import { runbook } from './runbook.ts';

/** What is taken. Settings of profiles are whole: their secrets are in them. */
export interface SystemSource {
  folders: readonly string[];
  excludes: readonly string[];
  commands: readonly CommandFile[];
  profiles: readonly { name: string; kind: string; config: unknown }[];
}

/** Ready to be backed up, until `close`. */
export interface PreparedSystem {
  folders: string[];
  excludes: string[];
  virtualFiles: VirtualFile[];
  notes: Note[];
  close(): Promise<void>;
}

/** Prepares every profile in turn. @throws Failure `profiles.*`, `config.invalid`; then nothing stays open. */
export async function prepareSystem(
  source: SystemSource,
  options: Operation & { orbitVersion: string },
): Promise<PreparedSystem> {
  const opened: { name: string; kind: ProfileKind<unknown>; prepared: PreparedProfile }[] = [];
  const close = async (): Promise<void> => {
    for (const { prepared } of opened) await prepared.close?.();
  };
  try {
    for (const { name, kind: wanted, config } of source.profiles) {
      const kind = profileKind(wanted);
      const how = { name, ...(options.signal === undefined ? {} : { signal: options.signal }) };
      opened.push({ name, kind, prepared: await kind.prepare(readConfig(kind.config, config), how) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const all = <Item>(items: (prepared: PreparedProfile) => readonly Item[] | undefined): Item[] =>
    opened.flatMap(({ prepared }) => [...(items(prepared) ?? [])]);
  const folders = [...new Set([...source.folders, ...all(({ folders }) => folders)])];
  const excludes = [...new Set([...source.excludes, ...all(({ excludes }) => excludes)])];
  const notes = all((prepared) => prepared.notes);
  const facts: RecoveryFacts = {
    format: 'orbit-recovery',
    version: 1,
    orbit: options.orbitVersion,
    host: hostname(),
    system: { name: systemName(), kernel: release(), architecture: arch() },
    folders,
    excludes,
    fileSystems: await fileSystems(),
    profiles: opened.map(({ name, kind: { kind, title, about } }) => ({ name, kind, title, ...about })),
    servers: all((prepared) => prepared.servers),
    copies: all((prepared) => prepared.copies),
    services: [...new Set(all((prepared) => prepared.services))].filter(hasUnit),
    notes: notes.map((each) => tellNote(each, 'en')),
  };
  return {
    folders,
    excludes,
    notes,
    virtualFiles: [
      ...source.commands,
      ...all((prepared) => prepared.files),
      made(recoveryFactsPath, `${JSON.stringify(facts, undefined, 1)}\n`),
      made(`${orbitFolder}/RUNBOOK.md`, runbook(facts, 'en')),
      made(`${orbitFolder}/RUNBOOK.pt.md`, runbook(facts, 'pt')),
    ],
    close,
  };
}

// Profiles know units of every release of a program; a plan and a runbook name those of this machine.
function hasUnit(name: string): boolean {
  return ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'].some(
    (folder) => existsSync(join(folder, name)),
  );
}

function made(path: string, text: string): MadeFile {
  return {
    path,
    shownAs: orbitFolder,
    async *open() {
      yield Buffer.from(text);
    },
  };
}

/** The name of the system on a root, such as `Debian GNU/Linux 12 (bookworm)`. */
export function systemName(root = ''): string {
  try {
    const text = readFileSync(`${root}/etc/os-release`, 'utf8');
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'Linux';
  } catch {
    return 'Linux';
  }
}
