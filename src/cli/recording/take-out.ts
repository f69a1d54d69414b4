// `orbit recording lines`, `export` and `verify`: a recording's text, its file, and whether its copy is whole.
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { Failure } from '../../base/failure.ts';
import { exportKinds, type ExportKind, exportRecording } from '../../recordings/replay/export.ts';
import { timeText } from '../../recordings/replay/time-text.ts';
import { transcriptOf } from '../../recordings/transcript/transcript.ts';
import { searchForm } from '../../recordings/transcript/words.ts';
import { RecordingArchive } from '../../jobs/recording-archive.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { openNewFile } from '../secret/new-file.ts';
import { type ReasonOptions, withRecording } from './with-recording.ts';

/** `orbit recording lines`: what was shown and typed, with times to jump to. */
export function linesCommand(context: CliContext): Command {
  return new Command('lines')
    .description('print what was shown and typed in a terminal recording, with its times')
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--reason <text>', 'why you look; kept with your name')
    .option('--find <text>', 'only lines with this, whatever the case and accents')
    .option('--commands', 'only commands')
    .option('--json', 'print JSON, a line each')
    .addHelpText('after', "\nExample: orbit recording lines 4f2a --find passwd --reason 'case 1234'")
    .action((id: string, options: ReasonOptions & { find?: string; commands?: boolean; json?: boolean }) =>
      withRecording(context, id, options, { how: 'play' }, async ({ recording, playable }) => {
        const events = playable?.format.events?.(playable.source);
        if (events === undefined) throw noText(recording.id, recording.format);
        const wanted = searchForm(options.find ?? '');
        for await (const line of transcriptOf(events)) {
          if (options.commands ? line.kind !== 'command' : line.kind === 'command') continue;
          if (!searchForm(line.text).includes(wanted)) continue;
          if (options.json) printJson(context, { ...line, atMs: Math.round(line.atMs) });
          else
            printLine(
              context,
              `${timeText(line.atMs)}  ${line.kind === 'shown' || line.kind === 'command' ? '' : `[${line.kind}] `}${line.text}`,
            );
        }
      }),
    );
}

/** `orbit recording export`: to a new file that only its owner can read, or to standard output. */
export function exportCommand(context: CliContext): Command {
  return new Command('export')
    .description(
      'write a recording out: as it is, as asciicast, as plain text, or as a video where ffmpeg is installed',
    )
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--reason <text>', 'why it is taken out; kept with your name')
    .addOption(new Option('--as <kind>', 'in which form').choices(exportKinds).default('original'))
    .option('--out <file>', 'write to this new file; only its owner can read it')
    .addHelpText('after', "\nExample: orbit recording export 4f2a --as text --out session.txt --reason 'case 1234'")
    .action((id: string, options: ReasonOptions & { as: ExportKind; out?: string }) =>
      withRecording(context, id, options, { how: 'export', action: `export as ${options.as}` }, async (archived) => {
        const pieces = exportRecording(archived, options.as);
        if (options.out === undefined) return pour(pieces, context.stdout);
        const file = createWriteStream(options.out, { fd: openNewFile(options.out) });
        await pour(pieces, file);
        file.end();
        await finished(file);
      }),
    );
}

/** `orbit recording verify`: reads the whole copy and compares it with what was seen first. It shows nothing of it. */
export function verifyCommand(context: CliContext): Command {
  return new Command('verify')
    .description('read a copy whole and compare it with what was seen first; shows nothing of it')
    .argument('<id>', 'the recording, or the first letters of its id')
    .addHelpText('after', '\nExample: orbit recording verify 4f2a')
    .action((id: string) =>
      withHome(context, async (app) => {
        const archive = new RecordingArchive(app);
        try {
          const { recording, destination, file } = await archive.open(id, { signal: context.signal });
          const hash = createHash('sha256');
          let bytes = 0;
          for await (const piece of file.read()) {
            hash.update(piece);
            bytes += piece.length;
          }
          const sha256 = hash.digest('hex');
          if (recording.sha256 !== undefined && recording.sha256 !== sha256)
            throw notTheSame(recording.id, destination);
          printLine(context, `${recording.id} at ${destination}: ${bytes} bytes, SHA-256 ${sha256}`);
          printLine(
            context,
            recording.sha256 === undefined
              ? 'Every piece is what its backup sealed. The whole file was not hashed when it was first seen.'
              : 'It is what was seen first.',
          );
        } finally {
          await archive.close();
        }
      }),
    );
}

async function pour(pieces: AsyncIterable<Buffer | string>, stream: NodeJS.WritableStream): Promise<void> {
  for await (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
}

function noText(id: string, format: string): Failure {
  return new Failure('recordings.no-text', {
    message: `the recording ${id} is ${format}: it has no text`,
    hint: 'Only terminal recordings have lines.',
  });
}

function notTheSame(id: string, destination: string): Failure {
  return new Failure('recordings.changed-copy', {
    message: `the copy of ${id} at ${destination} is not what was seen first`,
    hint: 'Its repository verifies every piece, so that the source was changed between being hashed and being read: compare the versions of this path with orbit recording list.',
  });
}
