import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fixtureSource } from '../../../test/support/recording-source.ts';
import { openRecording } from '../formats/kinds.ts';
import type { TerminalEvent } from '../formats/terminal-event.ts';
import { ScreenLines } from './screen-lines.ts';
import { commandAfterPrompt, hiddenText, Transcript, type TranscriptLine, transcriptOf } from './transcript.ts';
import { wordsIn } from './words.ts';

const linesOf = (output: string): string[] => {
  const screen = new ScreenLines();
  return [...screen.take(output), ...screen.flush()];
};

test('a line is what was left of it on the screen', () => {
  assert.deepEqual(linesOf('one\r\ntwo\r\nhalf'), ['one', 'two', 'half']);
  assert.deepEqual(linesOf('10%\r50%\r100%\r\n'), ['100%']);
  assert.deepEqual(linesOf('lss\b \b -l\r\n'), ['ls -l']);
  assert.deepEqual(linesOf('\x1b[1;32mgreen\x1b[0m\x1b]0;title\x07 text\n'), ['green text']);
  assert.deepEqual(linesOf('abcdef\r\x1b[3C\x1b[K\n'), ['abc']);
  assert.deepEqual(linesOf('top\x1b[10;5Hlow'), ['top', '    low']);
});

test('lines do not depend on where the output was cut', () => {
  const output = 'a\x1b[31mb\x1b]0;t\x1b\\c\r\n\x1b[2Jd\x1b[5De\tf\r\nfim ção\r\n';
  const whole = linesOf(output);
  fc.assert(
    fc.property(fc.array(fc.nat(output.length), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), output.length];
      const screen = new ScreenLines();
      const lines = at.slice(1).flatMap((end, index) => screen.take(output.slice(at[index], end)));
      assert.deepEqual([...lines, ...screen.flush()], whole);
    }),
    { seed: 3 },
  );
});

test('commands are found behind prompts, and only there', () => {
  for (const [line, command] of [
    ['ana@db01:~$ ls -l', 'ls -l'],
    ['[root@db01 ~]# reboot', 'reboot'],
    ['root@x:/etc# vi hosts', 'vi hosts'],
    ['C:\\Users> dir', 'dir'],
    ['~/src ❯ make', 'make'],
    ['mysql> select 1;', 'select 1;'],
    ['Router#show run', 'show run'],
    ['$ id', 'id'],
  ] as const)
    assert.equal(commandAfterPrompt(line), command);
  for (const line of ['# a comment', 'plain text 50% done', 'a > b', 'total 5', '', 'ana@db01:~$ ', 'see http://x/#y'])
    assert.equal(commandAfterPrompt(line), undefined, line);
});

test('what is typed counts as a command; the answer to a question for a password is not kept', () => {
  const transcript = new Transcript();
  const events: TerminalEvent[] = [
    { atMs: 1, type: 'output', text: '$ ' },
    { atMs: 2, type: 'input', text: 'sudo idx\u007f\r' },
    { atMs: 3, type: 'output', text: 'sudo id\r\n[sudo] password for ana: ' },
    { atMs: 4, type: 'input', text: 'hunter2\r' },
    { atMs: 5, type: 'output', text: '\r\nuid=0(root)\r\n' },
  ];
  const lines = [...events.flatMap((event) => transcript.take(event)), ...transcript.end()];
  const texts = (kind: TranscriptLine['kind']): string[] =>
    lines.filter((line) => line.kind === kind).map(({ text }) => text);
  assert.deepEqual(texts('command'), ['sudo id']);
  assert.deepEqual(texts('typed'), ['sudo id', hiddenText]);
  assert.deepEqual(texts('shown'), ['$ sudo id', '[sudo] password for ana:', 'uid=0(root)']);
  assert.ok(!JSON.stringify(lines).includes('hunter2'));
});

test('the transcript of a real recording has its lines and commands with their times', async () => {
  const { format, source } = (await openRecording(fixtureSource('classic.typescript'))) ?? assert.fail();
  const lines: TranscriptLine[] = [];
  for await (const line of transcriptOf(format.events?.(source) ?? assert.fail())) lines.push(line);
  assert.deepEqual(
    lines.filter(({ kind }) => kind === 'command').map(({ text }) => text),
    ['cat /etc/hostname', 'systemctl restart postgresql'],
  );
  assert.ok(lines.some(({ text }) => text === 'São Paulo — ação concluída ✓'));
});

test('words are whole runs and their parts, without case and accents', () => {
  assert.deepEqual(
    [...wordsIn('cat /etc/Hostname São a x-y: ok.')],
    ['cat', '/etc/hostname', 'etc', 'hostname', 'sao', 'x-y', 'ok'],
  );
});
