import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { sshString, uint32 } from '../ssh/wire.ts';
import { messageReader } from './message-reader.ts';
import { message } from './sftp-messages.ts';

const data = (request: number, bytes: Buffer): Buffer =>
  sshString(Buffer.concat([Buffer.of(message.data), uint32(request), sshString(bytes)]));
const other = (words: string): Buffer => sshString(Buffer.concat([Buffer.of(message.status), Buffer.from(words)]));

test('messages are cut the same however the bytes come, and data lands where it belongs', () => {
  const bytes = [randomBytes(70_000), randomBytes(1), randomBytes(1000)] as const;
  const stream = Buffer.concat([
    other('one'),
    data(1, bytes[0]),
    other(''),
    data(2, bytes[1]),
    data(3, bytes[2]),
    other('x'.repeat(300)),
  ]);
  for (const step of [stream.length, 4096, 13, 3, 1]) {
    const targets = new Map([
      [1, Buffer.alloc(70_000)],
      [2, Buffer.alloc(9)],
    ]);
    const received = messageReader(100_000, (request) => targets.get(request));
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += step) {
      const chunk = Buffer.from(stream.subarray(at, at + step));
      found.push(...received(chunk));
      chunk.fill(0xff); // It is used again for what comes next.
    }
    assert.equal(found.length, 6, `in steps of ${step}`);
    assert.ok(targets.get(1)?.equals(bytes[0]));
    assert.deepEqual(targets.get(2), Buffer.concat([bytes[1], Buffer.alloc(8)]), 'less than asked for is no fault');
    assert.deepEqual(found[1], Buffer.concat([Buffer.of(message.data), uint32(1), uint32(70_000)]));
    assert.deepEqual(found[4]?.subarray(9), bytes[2], 'without a place for it, data comes with its message');
    assert.equal(found[5]?.length, 301);
  }
});

test('what is too large, and data beyond its place, is no SFTP', () => {
  const reader = () => messageReader(1000, () => Buffer.alloc(10));
  assert.throws(() => [...reader()(Buffer.from('Welcome to this server!'))], failure('backend.protocol', /Welcome/));
  assert.throws(() => [...reader()(data(1, Buffer.alloc(11)))], failure('backend.protocol', /more came/));
  const short = data(1, Buffer.alloc(5));
  short.writeUInt32BE(4, 9);
  assert.throws(() => [...reader()(short)], failure('backend.protocol'));
});
