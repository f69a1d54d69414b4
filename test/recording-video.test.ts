// A terminal recording as a video, judged by ffmpeg: size, length, and colours at moments that are known.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findConsoleFont, readConsoleFont } from '../src/recordings/video/console-font.ts';
import { terminalVideo } from '../src/recordings/video/terminal-video.ts';
import { cli } from './support/cli.ts';
import { failure } from './support/failures.ts';
import { listRecordingIds, makeOld, recordingsSite } from './support/recordings.ts';
import { needs } from './support/tools.ts';

const [columns, rows] = [20, 5];
const cast = [
  { version: 2, width: columns, height: rows, timestamp: 1_764_151_200 },
  // A red line, nothing typed for two seconds, then a blue one with letters.
  [0.5, 'o', `\x1b[?25l\x1b[41m${' '.repeat(columns)}\x1b[0m`],
  [2.5, 'o', `\x1b[1;1H\x1b[44;97mMMMM${' '.repeat(columns - 4)}\x1b[0m`],
  [4, 'o', '\x1b[5;1H\x1b[38;2;255;0;255;48;2;255;0;255mXX\x1b[0m'],
];

test(
  'a terminal recording becomes a video with the right picture at the right time',
  needs('ffmpeg', 'setupcon'),
  async (t) => {
    const site = await recordingsSite(t);
    const file = join(site.recordings, 'colours.cast');
    writeFileSync(file, `${cast.map((line) => JSON.stringify(line)).join('\n')}\n`);
    makeOld(file);
    await site.run();
    const [id = ''] = listRecordingIds(site, 'colours');
    const out = join(site.folder, 'session.mp4');
    const temporary = join(site.folder, 'tmp');
    mkdirSync(temporary);
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
    t.after(() => (before === undefined ? delete process.env['TMPDIR'] : (process.env['TMPDIR'] = before)));
    const done = await cli(['recording', 'export', id, '--as', 'mp4', '--out', out, '--reason', 'case 1'], {
      home: site.app.home,
    });
    assert.equal(done.exitCode, 0, done.stderr);
    assert.deepEqual(readdirSync(temporary), [], 'nothing of it lies anywhere else');

    const probe = [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name,width,height:format=duration',
      '-of',
      'json',
      out,
    ];
    const facts = JSON.parse(spawnSync('ffprobe', probe, { encoding: 'utf8' }).stdout) as {
      streams: Record<string, unknown>[];
      format: { duration: string };
    };
    assert.deepEqual(facts.streams, [{ codec_name: 'h264', width: columns * 8, height: rows * 16 }]);
    assert.ok(Math.abs(Number(facts.format.duration) - 5) < 0.11, facts.format.duration);
    const pixelAt = (seconds: number, x: number, y: number): number[] => {
      const raw = [
        '-v',
        'error',
        '-ss',
        String(seconds),
        '-i',
        out,
        '-frames:v',
        '1',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-',
      ];
      const frame = spawnSync('ffmpeg', raw, { maxBuffer: 1e7 }).stdout;
      return [...frame.subarray((y * columns * 8 + x) * 3, (y * columns * 8 + x) * 3 + 3)];
    };
    const close = (seen: number[], wanted: number[], why: string): void =>
      assert.ok(
        seen.every((part, index) => Math.abs(part - (wanted[index] ?? 0)) < 24),
        `${why}: ${seen.join()} is not ${wanted.join()}`,
      );
    close(pixelAt(0.2, 100, 8), [0x10, 0x15, 0x1a], 'empty at first');
    close(pixelAt(1.5, 100, 8), [0xcd, 0x31, 0x31], 'red');
    close(pixelAt(2.3, 100, 8), [0xcd, 0x31, 0x31], 'red still');
    close(pixelAt(2.8, 100, 8), [0x3b, 0x78, 0xd8], 'blue');
    close(pixelAt(4.5, 7, 72), [255, 0, 255], 'any colour, the nearest there is');
    close(pixelAt(4.5, 100, 72), [0x10, 0x15, 0x1a], 'beside it nothing');
  },
);

test(
  'a font says what its letters look like, and without a tool the failure says what is missing',
  needs('setupcon'),
  async () => {
    const font = findConsoleFont();
    assert.deepEqual([font?.width, font?.height], [8, 16]);
    for (const letter of 'Aç─█é') assert.ok(font?.glyph(letter), letter);
    assert.ok(
      font?.glyph('█')?.every((row) => row === 0xff),
      'a full block is full',
    );
    assert.ok(font?.glyph(' ')?.every((row) => row === 0));
    // PSF 2 by hand: two letters of 9 × 2 pixels, the second by two names.
    const head = Buffer.alloc(32);
    for (const [at, value] of [0x864ab572, 0, 32, 1, 2, 4, 2, 9].entries()) head.writeUInt32LE(value, at * 4);
    const made = readConsoleFont(
      Buffer.concat([
        head,
        Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]),
        Buffer.from('a'),
        Buffer.from([0xff]),
        Buffer.from('bß'),
        Buffer.from([0xfe]),
        Buffer.from('ab'),
        Buffer.from([0xff]),
      ]),
    );
    assert.deepEqual([...(made.glyph('ß') ?? [])], [5, 6, 7, 8]);
    assert.equal(made.glyph('c'), undefined);
    const source = { width: 80, height: 24, async *events() {} };
    const all = async (options: Parameters<typeof terminalVideo>[1]): Promise<void> => {
      for await (const _ of terminalVideo(source, options));
    };
    await assert.rejects(all({ ffmpeg: '/nonexistent/ffmpeg' }), failure('recordings.no-video-tool'));
    await assert.rejects(all({ font: undefined, ffmpeg: 'false' }), failure('recordings.video-failed'));
  },
);

test('of a recording that claims to last for years no video is begun', async () => {
  const font = { width: 8, height: 16, glyph: () => undefined };
  async function* events(): AsyncGenerator<{ atMs: number; type: 'output'; text: string }> {
    yield { atMs: 1e300, type: 'output', text: 'x' };
  }
  const video = terminalVideo({ width: columns, height: rows, events }, { font, ffmpeg: 'orbit-no-such-program' });
  await assert.rejects(video.next(), failure('recordings.too-long'));
});
