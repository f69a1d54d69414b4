// The kinds of recordings. A new one is one file, its test, and a line here.
import { headOf } from './byte-reader.ts';
import { asciicast } from './asciicast.ts';
import { guacamole } from './guacamole.ts';
import { mp4 } from './mp4.ts';
import { headBytes, type RecordingFormat, type RecordingSource } from './recording-format.ts';
import { teleport } from './teleport.ts';
import { tlog } from './tlog.ts';
import { ttyrec } from './ttyrec.ts';
import { typescript } from './typescript.ts';
import { unpacked } from './unpacked.ts';
import { webm } from './webm.ts';

/** Every kind; what proves itself by its first bytes comes before what is guessed. */
export const recordingFormats: readonly RecordingFormat[] = [
  asciicast,
  tlog,
  teleport,
  typescript,
  guacamole,
  mp4,
  webm,
  ttyrec,
];

/** A recording whose kind is known; `source` is plain, `isPacked` when the file itself is gzipped. */
export interface OpenRecording {
  format: RecordingFormat;
  source: RecordingSource;
  isPacked: boolean;
}

/** Looks at the first bytes of a file; undefined when it is no recording. */
export async function openRecording(file: RecordingSource): Promise<OpenRecording | undefined> {
  const source = await unpacked(file);
  const head = await headOf(source, headBytes);
  const format = recordingFormats.find((format) => format.recognises(head, source.name));
  return format === undefined ? undefined : { format, source, isPacked: source !== file };
}
