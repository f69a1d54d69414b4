// A recording in other words: asciicast 2 for any player, plain text for reading, a video, or the file as it is.
import { Failure } from '../../base/failure.ts';
import type { Recording } from '../catalogue/recording.ts';
import { defaultTerminal } from '../formats/facts.ts';
import type { RecordingFormat, RecordingSource } from '../formats/recording-format.ts';
import { transcriptOf } from '../transcript/transcript.ts';
import { terminalVideo } from '../video/terminal-video.ts';
import { timeText } from './time-text.ts';

/** What a recording can be exported as. */
export const exportKinds = ['original', 'asciicast', 'text', 'mp4'] as const;

/** One of them. */
export type ExportKind = (typeof exportKinds)[number];

/** What is exported. */
export interface Exported {
  recording: Recording;
  file: RecordingSource;
  playable?: { format: RecordingFormat; source: RecordingSource };
}

/** The bytes of an export, piece by piece. @throws Failure `recordings.no-text` when it is no terminal recording */
export async function* exportRecording(exported: Exported, kind: ExportKind): AsyncGenerator<Buffer | string> {
  if (kind === 'original') return yield* exported.file.read();
  const { playable } = exported;
  const events = playable?.format.events?.(playable.source);
  if (playable === undefined || events === undefined) {
    throw new Failure('recordings.no-text', {
      message: `the recording ${exported.recording.id} is ${exported.recording.format}: it has no text`,
      hint: 'Only terminal recordings become asciicast, text or mp4. Export the original instead.',
    });
  }
  if (kind === 'mp4') {
    const { width = defaultTerminal.width, height = defaultTerminal.height } = exported.recording;
    const { format, source } = playable;
    return yield* terminalVideo({ width, height, events: () => format.events?.(source) ?? events });
  }
  if (kind === 'text') {
    for await (const { atMs, kind: line, text } of transcriptOf(events)) {
      if (line === 'shown') yield `${timeText(atMs)}  ${text}\n`;
      else if (line !== 'command') yield `${timeText(atMs)}  [${line}] ${text}\n`;
    }
    return;
  }
  yield `${JSON.stringify(headerOf(exported.recording))}\n`;
  const letters = { output: 'o', input: 'i', resize: 'r', marker: 'm' } as const;
  for await (const { atMs, type, text } of events) {
    yield `${JSON.stringify([Math.round(atMs * 1000) / 1e6, letters[type], text])}\n`;
  }
}

/** The instructions of a desktop recording, unpacked. @throws Failure `recordings.not-here` when it is none */
export function desktopBytes({ recording, playable }: Exported): AsyncIterable<Buffer> {
  if (playable?.format.family === 'desktop') return playable.source.read();
  throw new Failure('recordings.not-here', {
    message: `the recording ${recording.id} is ${recording.format}: it is no desktop that is drawn`,
    hint: 'Terminals have events, videos are played as they are.',
  });
}

// The header of asciicast 2 (docs.asciinema.org/manual/asciicast/v2).
function headerOf(recording: Recording): Record<string, unknown> {
  return {
    version: 2,
    width: recording.width ?? defaultTerminal.width,
    height: recording.height ?? defaultTerminal.height,
    timestamp: Math.floor(Date.parse(recording.startedAt) / 1000),
    ...(recording.durationMs === undefined ? {} : { duration: recording.durationMs / 1000 }),
    ...(recording.title === undefined ? {} : { title: recording.title }),
  };
}
