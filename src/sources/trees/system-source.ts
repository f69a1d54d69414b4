// What a system job takes, made ready for one snapshot: folders, commands, profiles, and what recovery must know of them.
import { failuresInPortuguese } from '../../base/failure-texts/portuguese-failures.ts';
import type { Language } from '../../base/language.ts';
import { type KeptNote, type Note, note, tellNote } from '../../base/note.ts';
import { arch, hostname, release } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../base/operation.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { CommandFile, MadeFile, VirtualFile } from '../../engine/backup/source-plan.ts';
import { withWhereLinksLead, withWhereTheyLie } from './links.ts';
import { fileSystems } from './profiles/host/file-systems.ts';
import type { OpenedServer, PreparedProfile, ProfileKind } from './profiles/profile.ts';
import { profileKind } from './profiles/profiles.ts';
import { beginTogether, type SharedMoment } from './profiles/shared-moment.ts';
import { type MomentFacts, orbitFolder, type RecoveryFacts } from './recovery-facts.ts';
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
  /** Asked when a copy is made: of one that the source was read a second time for, more is to be said. */
  notes(): Note[];
  close(): Promise<void>;
}

type Opened = { name: string; kind: ProfileKind<unknown>; it: PreparedProfile | OpenedServer };

/** Prepares every profile in turn. @throws Failure `profiles.*`, `config.invalid`; then nothing stays open. */
export async function prepareSystem(
  source: SystemSource,
  options: Operation & { orbitVersion: string },
): Promise<PreparedSystem> {
  const opened: Opened[] = [];
  const close = async (): Promise<void> => {
    for (const { it } of opened) await it.close?.();
  };
  try {
    for (const { name, kind: wanted, config } of source.profiles) {
      const kind = profileKind(wanted);
      const how = { name, ...(options.signal === undefined ? {} : { signal: options.signal }) };
      opened.push({ name, kind, it: await kind.prepare(readConfig(kind.config, config), how) });
    }
    return { ...(await systemAtOneMoment(source, opened, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

// Servers begin when all profiles are ready, so that files are read right after it.
async function systemAtOneMoment(
  source: SystemSource,
  opened: readonly Opened[],
  { orbitVersion }: { orbitVersion: string },
): Promise<Omit<PreparedSystem, 'close'>> {
  const servers = opened.flatMap(({ name, it }) => ('begin' in it ? [{ ...it, name }] : []));
  const begun = await beginTogether(servers);
  const takenAt = new Date().toISOString();
  const profiles: PreparedProfile[] = [];
  for (const { it } of opened) profiles.push('begin' in it ? await it.prepared(takenAt) : it);
  const reads = new Map<string, number>();
  const moment = (): SharedMoment | undefined => {
    if (servers.length < 2) return undefined;
    const once = Math.max(...reads.values()) > 1 ? servers.find(({ isReadOnce }) => isReadOnce) : undefined;
    return once === undefined ? begun : { ...begun, why: note('profiles.read-twice', { profile: once.name }) };
  };
  const together = servers.map(({ name }) => name);
  const all = <Item>(items: (prepared: PreparedProfile) => readonly Item[] | undefined): Item[] =>
    profiles.flatMap((profile) => [...(items(profile) ?? [])]);
  const folders = withWhereLinksLead([...source.folders, ...all(({ folders }) => folders)]);
  const excludes = withWhereTheyLie([...source.excludes, ...all(({ excludes }) => excludes)]);
  const notes = (): Note[] => [...all((prepared) => prepared.notes), ...momentNotes(together, moment())];
  const known = {
    format: 'orbit-recovery',
    version: 1,
    orbit: orbitVersion,
    host: hostname(),
    system: { name: systemName(), kernel: release(), architecture: arch() },
    folders,
    excludes,
    fileSystems: await fileSystems(),
    profiles: opened.map(({ name, kind: { kind, title, about } }) => ({ name, kind, title, ...about })),
    servers: all((prepared) => prepared.servers),
    copies: all((prepared) => prepared.copies),
    services: [...new Set(all((prepared) => prepared.services))].filter(hasUnit),
  } as const;
  // Made when it is read: it is known then whether that is the first time.
  const made = (name: string, language: Language, text: (facts: RecoveryFacts) => string): MadeFile => ({
    path: `${orbitFolder}/${name}`,
    shownAs: orbitFolder,
    async *open() {
      reads.set(name, (reads.get(name) ?? 0) + 1);
      const tell = (each: KeptNote): string => tellNote(each, language, failuresInPortuguese);
      yield Buffer.from(text({ ...known, ...momentFacts(together, moment(), tell), notes: notes().map(tell) }));
    },
  });
  return {
    folders,
    excludes,
    notes,
    virtualFiles: [
      ...source.commands,
      ...all((prepared) => prepared.files),
      made('recovery.json', 'en', (facts) => `${JSON.stringify(facts, undefined, 1)}\n`),
      made('RUNBOOK.md', 'en', (facts) => runbook(facts, 'en')),
      made('RUNBOOK.pt.md', 'pt', (facts) => runbook(facts, 'pt')),
    ],
  };
}

function momentNotes(profiles: readonly string[], moment: SharedMoment | undefined): Note[] {
  if (moment?.why === undefined) return [];
  const { why, spanMs } = moment;
  return [note('profiles.moments-differ', { profiles: profiles.join(', '), reason: why, spanMs })];
}

function momentFacts(
  profiles: string[],
  moment: SharedMoment | undefined,
  tell: (note: KeptNote) => string,
): { moment?: MomentFacts } {
  if (moment === undefined) return {};
  const { why, ...times } = moment;
  return { moment: { profiles, ...times, ...(why === undefined ? {} : { why: tell(why) }) } };
}

// Profiles know units of every release of a program; a plan and a runbook name those of this machine.
function hasUnit(name: string): boolean {
  return ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'].some(
    (folder) => existsSync(join(folder, name)),
  );
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
