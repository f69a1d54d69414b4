// What a profile is: it knows one thing a machine has, takes it consistently, and says how it comes back.
import type { z } from 'zod';
import type { Bilingual } from '../../../base/language.ts';
import type { Operation } from '../../../base/operation.ts';
import type { VirtualFile } from '../../../engine/backup/source-plan.ts';
import type { CopyFacts, ServerFacts } from '../recovery-facts.ts';
import type { MomentServer } from './shared-moment.ts';

/** What a profile says of itself. */
export interface ProfileAbout {
  takes: Bilingual;
  /** Consistent how. */
  consistent: Bilingual;
  /** How it comes back. */
  back: Bilingual;
}

/** A kind of profile. Every field of `config` has a title; secret ones are made by `secretText`. */
export interface ProfileKind<Config> {
  kind: string;
  title: string;
  about: ProfileAbout;
  config: z.ZodType<Config>;
  /** Kinds one of which should be there too, because they take this one's database. */
  companions?: readonly string[];
  /** The settings that fit this machine; undefined when there is nothing of the kind on it. */
  detect(options: Operation): Promise<Record<string, unknown> | undefined>;
  /** Makes it ready for one snapshot. What can be held still is held still until `close`. @throws Failure `profiles.*` */
  prepare(config: Config, options: ProfileOptions): Promise<PreparedProfile | OpenedServer>;
}

/** A database server that can be asked. Nothing of it is begun: all servers of a run begin together. */
export interface OpenedServer extends MomentServer {
  /** What goes into the snapshot, once it is begun. */
  prepared(takenAt: string): Promise<PreparedProfile>;
  /** What it began can be read once; whoever reads the source a second time gets a dump of another moment. */
  isReadOnce: boolean;
  close(): Promise<void>;
}

/** What a profile is told. */
export interface ProfileOptions extends Operation {
  /** The profile's own name; its files lie below `/orbit/<name>/`. */
  name: string;
}

/** What goes into the snapshot. */
export interface PreparedProfile {
  folders: readonly string[];
  excludes: readonly string[];
  files: readonly VirtualFile[];
  servers?: readonly ServerFacts[];
  copies?: readonly CopyFacts[];
  /** Units of systemd that belong to it. */
  services?: readonly string[];
  /** What people should know of this run. */
  notes?: readonly string[];
  close?(): Promise<void>;
}
