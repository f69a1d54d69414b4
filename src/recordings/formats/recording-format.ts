// What every reader of recordings offers, and what it is given to read from.
import { Failure } from '../../base/failure.ts';
import type { RecordingFacts } from './facts.ts';
import type { TerminalEvent } from './terminal-event.ts';

/** A recording's bytes, wherever they lie: in the encrypted repository, or still at their source. */
export interface RecordingSource {
  /** The file's own name. */
  name: string;
  size: number;
  /** The bytes of a range, by default all of them; nothing outside it is read. */
  read(range?: { offset?: number; length?: number }): AsyncIterable<Buffer>;
  /** A file of that name in the same folder, such as the timing beside a typescript. */
  beside(name: string): Promise<RecordingSource | undefined>;
}

/** Terminals are drawn anew, desktops are drawn from Guacamole's instructions, videos are played by the browser. */
export type RecordingFamily = 'terminal' | 'desktop' | 'video';

/** A kind of recording. Readers stream: none holds more than one piece of the file, each with a limit. */
export interface RecordingFormat {
  kind: string;
  title: string;
  family: RecordingFamily;
  mediaType: string;
  /** True when a file that begins so and has this name is one. */
  recognises(head: Buffer, name: string): boolean;
  /** What the recording says of itself, without reading more than that takes. @throws Failure `recordings.damaged` */
  readFacts(source: RecordingSource): Promise<RecordingFacts>;
  /** What happened, in order; terminals only. What is whole before a damage is given first. @throws Failure `recordings.damaged` */
  events?(source: RecordingSource): AsyncGenerator<TerminalEvent>;
}

/** So much of a file's beginning is looked at to recognise it. */
export const headBytes = 4096;

/** The failure of a recording that cannot be understood from some point on. */
export function damaged(source: Pick<RecordingSource, 'name'>, why: string, cause?: unknown): Failure {
  return new Failure('recordings.damaged', {
    message: `the recording ${source.name} is damaged: ${why}`,
    hint: 'What comes before can be watched. Look for another copy of it: orbit recording show tells where copies lie.',
    cause,
  });
}
