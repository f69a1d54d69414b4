// The judge of what is accepted is Node's own HTTP client: it must have read the same.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { isFailure } from '../../base/failure.ts';
import { malformed } from '../failures.ts';
import { AnswerReader, type HttpAnswer } from './http-answer.ts';

const lines = (...text: string[]): Buffer => Buffer.from(`${text.join('\r\n')}\r\n\r\n`, 'latin1');
const body = Buffer.from('<Error>\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n</Error>');
const chunk = (bytes: Buffer, more = ''): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${more}\r\n`), bytes, Buffer.from('\r\n')]);

const withLength = Buffer.concat([
  lines('HTTP/1.1 200 OK', 'Server: x', `Content-Length: ${body.length}`, 'ETag:  "a b" '),
  body,
]);
const inChunks = Buffer.concat([
  lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Connection: keep-alive'),
  chunk(body.subarray(0, 10)),
  chunk(body.subarray(10), ';signature=abc'),
  Buffer.from('0\r\nx-trailer: y\r\n\r\n'),
]);
const afterInterims = Buffer.concat([
  lines('HTTP/1.1 100 Continue'),
  lines('HTTP/1.1 103 Early', 'Link: a'),
  withLength,
]);
const untilHungUp = Buffer.concat([lines('HTTP/1.0 503 Service Unavailable', 'Connection: close'), body]);

const ofObjects = { maxBytes: 4 * 2 ** 30, exceededBy: () => malformed('too much') };

/** Reads as a connection does: what may go straight to its place goes there. Undefined when the answer is not whole in the end. */
function read(stream: Buffer, step = stream.length, of: { isHead?: boolean; memory?: Uint8Array } = {}) {
  const reader = new AnswerReader(of.isHead === true, of.memory, ofObjects);
  for (let at = 0; at < stream.length; ) {
    const { room } = reader;
    const piece = Buffer.from(stream.subarray(at, at + Math.min(step, room?.length ?? step)));
    at += piece.length;
    if (room === undefined) reader.take(piece);
    else reader.filled(piece.copy(room));
    piece.fill(0xff); // It is used again for what comes next.
  }
  return reader.ended() ? reader.answer() : undefined;
}

const steps = [Infinity, 4096, 13, 3, 1];

test('an answer is the same however its bytes come, and wherever they are put', () => {
  for (const stream of [withLength, inChunks, afterInterims, untilHungUp]) {
    for (const step of steps) {
      for (const memory of [undefined, new Uint8Array(body.length), new Uint8Array(new SharedArrayBuffer(1000))]) {
        const answer = read(stream, step, memory === undefined ? {} : { memory });
        assert.equal(answer?.status, stream === untilHungUp ? 503 : 200);
        assert.ok(answer?.body.equals(body), `${stream.subarray(0, 40)} in steps of ${step}`);
      }
    }
  }
  assert.equal(read(withLength)?.headers.get('etag'), '"a b"');
});

test('memory that is offered is used where the body fits, and not beyond it', () => {
  const memory = new Uint8Array(body.length + 1).fill(7);
  assert.equal(read(withLength, 9, { memory })?.body.buffer, memory.buffer);
  assert.equal(memory.at(-1), 7);
  const small = new Uint8Array(body.length - 1).fill(7);
  assert.notEqual(read(withLength, 9, { memory: small })?.body.buffer, small.buffer);
  assert.ok(small.every((byte) => byte === 7));
});

test('no body follows where there is none, whatever length is told', () => {
  for (const step of steps) {
    const head = lines('HTTP/1.1 404 Not Found', 'Content-Length: 500');
    assert.deepEqual(read(head, step, { isHead: true })?.headers.get('content-length'), '500');
    assert.equal(read(lines('HTTP/1.1 204 No Content'), step)?.body.length, 0);
    assert.equal(read(lines('HTTP/1.1 304 Not Modified', 'Content-Length: 5'), step)?.body.length, 0);
    assert.equal(read(lines('HTTP/1.1 200 OK', 'Content-Length: 0'), step)?.body.length, 0);
  }
});

test('a body of any size comes whole, by length and by chunks', () => {
  const large = randomBytes(40 * 1024 * 1024 + 3);
  const told = read(Buffer.concat([lines('HTTP/1.1 200 OK', `Content-Length: ${large.length}`), large]), 65_536);
  assert.ok(told?.body.equals(large));
  const half = 20 * 1024 * 1024;
  const stream = [
    lines('HTTP/1.1 200 OK', 'Transfer-Encoding: CHUNKED'),
    chunk(large.subarray(0, half)),
    chunk(large.subarray(half)),
    Buffer.from('0\r\n\r\n'),
  ];
  assert.ok(read(Buffer.concat(stream), 65_536)?.body.equals(large));
});

test('an answer that is cut anywhere is never whole', () => {
  for (const stream of [withLength, inChunks, afterInterims]) {
    for (let end = 0; end < stream.length; end += 1)
      assert.equal(read(stream.subarray(0, end)), undefined, `at ${end}`);
  }
});

test('with any byte changed, an answer is refused, never whole, or read as Node reads it', async (context) => {
  const node = await nodeReads(context);
  let accepted = 0;
  for (const stream of [withLength, inChunks, afterInterims]) {
    for (let at = 0; at < stream.length; at += 1) {
      for (const change of [
        (byte: number) => byte ^ 1,
        (byte: number) => byte ^ 0x10,
        () => 0,
        () => 10,
        () => 13,
        () => 32,
      ]) {
        const changed = Buffer.from(stream);
        changed[at] = change(stream[at] ?? 0);
        const answer = refusedOr(() => read(changed));
        assert.deepEqual(
          refusedOr(() => read(changed, 1)),
          answer,
          `byte ${at}, one at a time`,
        );
        if (answer === undefined) continue;
        accepted += 1;
        const { status, text } = await node(changed);
        assert.equal(answer.status, status, `byte ${at} of ${stream}`);
        assert.equal(answer.body.toString('latin1'), text, `byte ${at} of ${stream}`);
      }
    }
  }
  assert.ok(accepted > 500, String(accepted));
});

test('what breaks the rules is refused by name', () => {
  const ok = 'HTTP/1.1 200 OK';
  const five = 'Content-Length: 5';
  const refused: Record<string, Buffer> = {
    'two lengths': lines(ok, five, five),
    'a length twice in one': lines(ok, 'Content-Length: 5, 5'),
    'a negative length': lines(ok, 'Content-Length: -5'),
    'a signed length': lines(ok, 'Content-Length: +5'),
    'a length in hexadecimal': lines(ok, 'Content-Length: 0x5'),
    'a length that is empty': lines(ok, 'Content-Length:'),
    'a length beyond counting': lines(ok, 'Content-Length: 99999999999999999999999'),
    'a length beyond reason': lines(ok, 'Content-Length: 999999999999999'),
    'a refusal of many bytes': lines('HTTP/1.1 403 Forbidden', 'Content-Length: 99999999'),
    'a length and chunks': lines(ok, five, 'Transfer-Encoding: chunked'),
    'chunks and a length': lines(ok, 'Transfer-Encoding: chunked', five),
    'another coding': lines(ok, 'Transfer-Encoding: gzip, chunked'),
    'chunks twice': lines(ok, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
    'no length at all': lines(ok, 'Connection: close'),
    'more bytes than promised': Buffer.concat([lines(ok, 'Content-Length: 1'), Buffer.from('12')]),
    'bytes after no body': Buffer.concat([lines('HTTP/1.1 204 No Content'), Buffer.from('1')]),
    'bytes after the last chunk': Buffer.concat([inChunks, Buffer.from('1')]),
    'two answers': Buffer.concat([withLength, withLength]),
    'a chunk beyond reason': Buffer.concat([
      lines('HTTP/1.1 403 Forbidden', 'Transfer-Encoding: chunked'),
      Buffer.from('ffffffff\r\n'),
    ]),
    'chunks from an old server': lines('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'),
    'a chunk beyond counting': Buffer.concat([lines(ok, 'Transfer-Encoding: chunked'), Buffer.from('fffffffff\r\n')]),
    'a chunk that goes on': Buffer.concat([
      lines(ok, 'Transfer-Encoding: chunked'),
      Buffer.from('3\r\nhello\r\n0\r\n\r\n'),
    ]),
    'a negative chunk': Buffer.concat([lines(ok, 'Transfer-Encoding: chunked'), Buffer.from('-1\r\n')]),
    'a chunk without end of line': Buffer.concat([lines(ok, 'Transfer-Encoding: chunked'), Buffer.from('5\nhello')]),
    'a line of a chunk without end': Buffer.concat([lines(ok, 'Transfer-Encoding: chunked'), Buffer.alloc(2000, '0')]),
    'lines after the last chunk without end': Buffer.concat([
      lines(ok, 'Transfer-Encoding: chunked'),
      Buffer.from(`0\r\n${'x-a: b\r\n'.repeat(2000)}`),
    ]),
    'a head without end': Buffer.concat([Buffer.from(`${ok}\r\nx: `), Buffer.alloc(40_000, 'a')]),
    'a long head': lines(ok, five, `x: ${'a'.repeat(33_000)}`),
    'a thousand headers': lines(ok, five, ...Array.from({ length: 1000 }, (_, index) => `x${index}: 1`)),
    'a header that goes on': lines(ok, 'x: a', ' b', five),
    'a blank before the colon': lines(ok, 'Content-Length : 5'),
    'a header without a name': lines(ok, ': 5'),
    'a header without a colon': lines(ok, 'x'),
    'a zero byte': lines(ok, 'x: a\0b', five),
    'a bare line feed': Buffer.from(`${ok}\n${five}\n\nhello\r\n\r\n`),
    'another protocol': lines('SSH-2.0-OpenSSH_9.2'),
    'another version': lines('HTTP/2.0 200 OK', five),
    'a version in small letters': lines('http/1.1 200 OK', five),
    'a status of two digits': lines('HTTP/1.1 20 OK', five),
    'a status of four': lines('HTTP/1.1 2000 OK', five),
    'a status that is none': lines('HTTP/1.1 600 OK', five),
    'another protocol is spoken': lines('HTTP/1.1 101 Switching Protocols'),
    'it never begins': Buffer.concat(Array.from({ length: 9 }, () => lines('HTTP/1.1 100 Continue'))),
    'a refusal without end': Buffer.concat([lines('HTTP/1.0 503 Unavailable'), Buffer.alloc(2 * 1024 * 1024)]),
  };
  for (const [what, stream] of Object.entries(refused)) {
    for (const step of stream.length > 10_000 ? [Infinity, 1000] : steps)
      assert.throws(() => read(stream, step), failure('backend.protocol'), what);
  }
});

test('a large length is believed only as far as bytes come', () => {
  const reader = new AnswerReader(false, undefined, ofObjects);
  reader.take(lines('HTTP/1.1 200 OK', 'Content-Length: 4000000000'));
  assert.equal(reader.room?.length, 65_536);
  assert.equal(reader.ended(), false);
});

function refusedOr(action: () => HttpAnswer | undefined): HttpAnswer | undefined {
  try {
    return action();
  } catch (error) {
    if (isFailure(error, 'backend.protocol')) return undefined;
    throw error;
  }
}

/** Node's client, at a server that says exactly these bytes and hangs up. */
async function nodeReads(context: TestContext): Promise<(stream: Buffer) => Promise<{ status: number; text: string }>> {
  let said = Buffer.alloc(0);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(said));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return async (stream) => {
    said = Buffer.from(stream);
    const request = get({ host: '127.0.0.1', port, agent: false });
    const [response] = await once(request, 'response');
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    return { status: response.statusCode, text: Buffer.concat(pieces).toString('latin1') };
  };
}
