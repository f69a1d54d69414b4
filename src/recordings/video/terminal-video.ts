// A terminal recording as an mp4 video, made by ffmpeg where it is installed: frames go in through a pipe, the video comes out
// through another. Nothing of it is written to disk.
import { spawn } from 'node:child_process';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import { programEnvironment } from '../../base/program.ts';
import type { TerminalEvent } from '../formats/terminal-event.ts';
import { TerminalPlayer } from '../replay/terminal-player.ts';
import { type ConsoleFont, findConsoleFont } from './console-font.ts';
import { paletteBytes, ScreenPicture } from './screen-picture.ts';

/** What a video is made of; `events` begins anew with each call. */
export interface VideoSource {
  width: number;
  height: number;
  events(): AsyncIterable<TerminalEvent>;
}

const framesPerSecond = 10;
const sizeMax = { columns: 400, rows: 150 };
// Each tenth of a second is a picture, whether anything happens in it or not.
const lengthMsMax = 7 * 86_400_000;
const maxTailBytes = 4096;

/** The video, piece by piece, in the recording's own time. @throws Failure `recordings.no-video-tool`, `recordings.too-long`, `recordings.video-failed` */
export async function* terminalVideo(
  source: VideoSource,
  {
    ffmpeg = 'ffmpeg',
    font = findConsoleFont(),
    signal,
  }: { ffmpeg?: string; font?: ConsoleFont | undefined; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  if (font === undefined) throw noTool('a font of the console is missing');
  const { columns, rows } = await largestScreen(source);
  const picture = new ScreenPicture(font, columns, rows);
  const child = spawn(ffmpeg, argumentsFor(picture), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: programEnvironment(),
    ...(signal === undefined ? {} : { signal }),
  });
  let tail = Buffer.alloc(0);
  child.stderr.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-maxTailBytes);
  });
  const ended = new Promise<Failure | undefined>((resolve) => {
    child.on('error', (error) =>
      resolve(systemErrorCode(error) === 'ENOENT' ? noTool('ffmpeg is not installed') : failed(error.message)),
    );
    child.on('close', (code) => resolve(code === 0 ? undefined : failed(tail.toString('utf8').trim())));
  });
  // One that ends early says why by its exit code.
  child.stdin.on('error', () => {});
  const fed = feed(child.stdin, source, picture).finally(() => child.stdin.end());
  fed.catch(() => child.kill('SIGKILL'));
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    await fed;
    const failure = await ended;
    if (failure !== undefined) throw failure;
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

async function feed(pipe: NodeJS.WritableStream, source: VideoSource, picture: ScreenPicture): Promise<void> {
  const player = new TerminalPlayer({ width: source.width, height: source.height });
  const palette = paletteBytes();
  const frame = async (): Promise<void> => {
    // The pipe keeps what it is given: each frame has bytes of its own.
    if (pipe.writable && !pipe.write(Buffer.concat([picture.pixels, palette]))) await drained(pipe);
  };
  const everyMs = 1000 / framesPerSecond;
  let shownMs = 0;
  picture.draw(player.screen);
  const showUntil = async (ms: number): Promise<void> => {
    for (; shownMs < ms && pipe.writable; shownMs += everyMs) await frame();
  };
  try {
    for await (const event of source.events()) {
      // What lies between two frames is seen in the later one.
      if (event.atMs > shownMs) {
        await player.seek(player.loadedMs);
        picture.draw(player.screen);
        await showUntil(event.atMs);
      }
      player.append([event]);
    }
    await player.seek(player.loadedMs);
    picture.draw(player.screen);
    // The last picture stays for a second.
    await showUntil(shownMs + 1000);
  } finally {
    player.screen.dispose();
  }
}

// Also when nobody reads any more.
function drained(pipe: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) pipe.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) pipe.on(event, done);
  });
}

async function largestScreen({ width, height, events }: VideoSource): Promise<{ columns: number; rows: number }> {
  let [columns, rows] = [width, height];
  for await (const { atMs, type, text } of events()) {
    if (atMs > lengthMsMax) throw tooLong();
    if (type !== 'resize') continue;
    const [wide = 0, high = 0] = text.split('x').map(Number);
    [columns, rows] = [Math.max(columns, wide), Math.max(rows, high)];
  }
  return { columns: Math.min(columns, sizeMax.columns), rows: Math.min(rows, sizeMax.rows) };
}

function argumentsFor({ width, height }: ScreenPicture): string[] {
  const input = ['-f', 'rawvideo', '-pix_fmt', 'pal8', '-s', `${width}x${height}`, '-r', String(framesPerSecond)];
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'];
  // In fragments: the pipe cannot go back to write a table at the beginning.
  const output = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4', 'pipe:1'];
  return ['-hide_banner', '-loglevel', 'error', ...input, '-i', 'pipe:0', '-an', ...codec, ...output];
}

function noTool(why: string): Failure {
  return new Failure('recordings.no-video-tool', {
    message: `no video can be made here: ${why}`,
    hint: 'On Debian: apt-get install ffmpeg console-setup-linux. Or export as asciicast or text, or package it.',
  });
}

function tooLong(): Failure {
  return new Failure('recordings.too-long', {
    message: `the recording lasts longer than the ${lengthMsMax / 86_400_000} days of which a video is made`,
    hint: 'Export it as asciicast or text, or package it: players pass over pauses.',
  });
}

function failed(why: string): Failure {
  return new Failure('recordings.video-failed', {
    message: `ffmpeg could not make the video: ${why === '' ? 'it said nothing' : why}`,
    hint: 'It needs the encoder libx264, as Debian’s ffmpeg has it.',
  });
}
