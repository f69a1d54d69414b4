import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type TLSSocket, createServer as createSecureServer } from 'node:tls';
import { type TestCertificates, makeCertificates } from '../../../test/support/certificates.ts';
import { failure } from '../../../test/support/failures.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { SecretString } from '../../base/secret-string.ts';
import type { HttpRequest } from './http-line.ts';
import { type HttpLines, httpLines, linesAtMost } from './http-lines.ts';
import { openS3Backend } from './s3-backend.ts';

const ok = (text: string, ...headers: string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Length: ${text.length}`, ...headers, '', text].join('\r\n');
const head = { target: '/a', headers: { host: 'test' } };
const get = (): HttpRequest => ({ method: 'GET', ...head });
const put = (body: Uint8Array): HttpRequest => ({
  method: 'PUT',
  ...head,
  headers: { host: 'test', 'content-length': String(body.length) },
  body,
});

interface Heard {
  port: number;
  /** Lines so far, in their order; and what came over each. */
  lines: Socket[];
  said: string[];
}

/** A server that does `answer` for each head that came, given how many came over this line before it. */
async function serverOf(
  context: TestContext,
  answer: (line: Socket, before: number, head: string) => void,
  tls?: { key: string; cert: string },
): Promise<Heard> {
  const heard: Heard = { port: 0, lines: [], said: [] };
  const onLine = (line: Socket): void => {
    const number = heard.lines.push(line) - 1;
    heard.said[number] = '';
    let rest = '';
    let before = 0;
    line.on('error', () => {});
    line.on('data', (bytes: Buffer) => {
      heard.said[number] += bytes.toString('latin1');
      rest += bytes.toString('latin1');
      for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
        const own = rest.slice(0, end);
        rest = rest.slice(end + 4);
        answer(line, before, own);
        before += 1;
      }
    });
  };
  const server = tls === undefined ? createServer(onLine) : createSecureServer(tls, onLine);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const line of heard.lines) line.destroy();
    server.close();
  });
  heard.port = (server.address() as AddressInfo).port;
  return heard;
}

function linesTo(context: TestContext, origin: string, more: { ca?: string; timeoutSeconds?: number } = {}): HttpLines {
  const lines = httpLines({ location: 'here', origin: new URL(origin), timeoutSeconds: 600, ...more });
  context.after(() => lines.close());
  return lines;
}

const text = async (lines: HttpLines, request: HttpRequest = get(), signal?: AbortSignal): Promise<string> =>
  (await lines.exchange(() => request, signal)).body.toString();

test('one line serves one request after the other, and no more are opened than may be', async (context) => {
  let [atOnce, most] = [0, 0];
  const server = await serverOf(context, (line, before) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    setImmediate(() => {
      atOnce -= 1;
      line.write(ok(String(before)));
    });
  });
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  for (const expected of ['0', '1', '2']) assert.equal(await text(lines), expected);
  assert.equal(server.lines.length, 1);
  assert.equal((await Promise.all(Array.from({ length: 100 }, () => text(lines)))).length, 100);
  assert.equal(server.lines.length, linesAtMost);
  assert.ok(most <= linesAtMost);
});

test('a line that ended while it was idle is not used again', async (context) => {
  const server = await serverOf(context, (line) => line.end(ok('x')));
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  for (const _ of '123') {
    assert.equal(await text(lines), 'x');
    await once(server.lines.at(-1) as Socket, 'close');
  }
  assert.equal(server.lines.length, 3);
});

test('what changes nothing is sent again when an idle line died under it, what stores is not', async (context) => {
  // It hangs up as the second request arrives: nobody could have known before.
  const server = await serverOf(context, (line, before, said) => {
    if (before > 0) line.destroy();
    else line.write(said.startsWith('HEAD') ? ok('x').slice(0, -1) : ok('x'));
  });
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  for (const method of ['GET', 'HEAD'] as const) {
    await text(lines, put(Buffer.from('1')));
    const before = server.lines.length;
    assert.equal((await lines.exchange(() => ({ ...get(), method }), undefined)).status, 200);
    assert.equal(server.lines.length, before + 1);
    // That one has died as well: it was there to be used again.
    await assert.rejects(text(lines, put(Buffer.from('2'))), (error: Error) =>
      /ECONNRESET|hung up|cannot be reached/.test(`${error}`),
    );
  }
  assert.equal(server.said.filter((said) => said.endsWith('\r\n\r\n2')).length, 2, 'each was sent once');
});

test('a new line that dies is not tried again here', async (context) => {
  const server = await serverOf(context, (line) => line.end());
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  await assert.rejects(text(lines), failure('backend.unreachable'));
  assert.equal(server.lines.length, 1);
});

test('an answer that is cut anywhere is a failure, and what came before is not handed over', async (context) => {
  const whole = ok('hello');
  let end = 0;
  const server = await serverOf(context, (line) => line.end(whole.slice(0, end)));
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  for (end = 0; end < whole.length; end += 1) {
    await assert.rejects(text(lines), failure('backend.unreachable', /cannot be reached/), `at ${end}`);
  }
  assert.equal(await text(lines), 'hello');
});

test('bytes beyond an answer end the line, whenever they come', async (context) => {
  const server = await serverOf(context, (line, before) => line.write(before === 0 ? ok('x') : `${ok('y')}${ok('z')}`));
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  assert.equal(await text(lines), 'x');
  await assert.rejects(text(lines), failure('backend.protocol', /more bytes/));
  assert.equal(await text(lines), 'x');
  const [, second] = server.lines;
  second?.write(ok('for nobody'));
  await once(second as Socket, 'close');
  assert.equal(await text(lines), 'x');
  assert.equal(server.lines.length, 3);
});

test('an answer that comes before the request is out counts, and its line is not used again', async (context) => {
  const server = await serverOf(context, (line, _before, said) => {
    if (said.startsWith('GET')) return void line.write(ok('x'));
    line.pause();
    line.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  });
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  const answer = await lines.exchange(() => put(Buffer.alloc(64 * 1024 * 1024)), undefined);
  assert.deepEqual([answer.status, answer.body.toString()], [403, 'no']);
  assert.equal(await text(lines), 'x');
  assert.equal(server.lines.length, 2);
});

test('a server that says it hangs up is believed', async (context) => {
  const server = await serverOf(context, (line, before) => line.write(ok(String(before), 'Connection: close')));
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  assert.deepEqual([await text(lines), await text(lines), server.lines.length], ['0', '0', 2]);
});

test('silence ends a request, also in the middle of an answer', async (context) => {
  for (const said of ['', ok('hello').slice(0, -2)]) {
    const server = await serverOf(context, (line, before) => line.write(before === 0 ? ok('x') : said));
    const lines = linesTo(context, `http://127.0.0.1:${server.port}`, { timeoutSeconds: 0.3 });
    assert.equal(await text(lines), 'x');
    await assert.rejects(text(lines), failure('backend.timeout'));
    assert.equal(server.lines.length, 1, 'who was silent is not asked again here');
  }
});

test('an aborted request stops at once, one that waits for its turn too, and the others go on', async (context) => {
  const waiting: (() => void)[] = [];
  const server = await serverOf(context, (line) => waiting.push(() => line.write(ok('x'))));
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  const stop = new AbortController();
  const under = Array.from({ length: linesAtMost }, (_, index) =>
    text(lines, get(), index === 0 ? stop.signal : undefined),
  );
  const behind = text(lines, get(), stop.signal);
  const last = text(lines);
  while (waiting.length < linesAtMost) await new Promise(setImmediate);
  stop.abort(new Error('enough'));
  await assert.rejects(under[0] as Promise<string>, /enough/);
  await assert.rejects(behind, /enough/);
  while (waiting.length <= linesAtMost) await new Promise(setImmediate);
  for (const answer of waiting) answer();
  assert.deepEqual(
    await Promise.all([...under.slice(1), last]),
    Array.from({ length: linesAtMost }, () => 'x'),
  );
});

test('what is under way when all is closed is told so', async (context) => {
  const server = await serverOf(context, () => {});
  const lines = linesTo(context, `http://127.0.0.1:${server.port}`);
  const under = assert.rejects(text(lines), failure('backend.unreachable'));
  while (server.said.length === 0) await new Promise(setImmediate);
  lines.close();
  await under;
  await assert.rejects(text(lines), failure('backend.unreachable', /cannot be reached/));
});

test('TLS: only a server that the authority vouches for hears a word, and handshakes are shortened', async (context) => {
  const certificates = await makeCertificates(await temporaryFolder(context));
  const { ca } = certificates;
  const server = await serverOf(context, (line) => line.end(ok('x')), await keysOf(certificates));
  for (const host of ['localhost', '127.0.0.1']) {
    const trusting = linesTo(context, `https://${host}:${server.port}`, { ca });
    assert.equal(await text(trusting), 'x');
    assert.equal(await text(trusting), 'x');
    assert.equal((server.lines.at(-1) as TLSSocket).isSessionReused(), true);
  }
  const before = server.said.length;
  await assert.rejects(
    backendTo(context, `https://localhost:${server.port}`).load('a'),
    failure('backend.certificate', /--ca-file/),
  );
  await assert.rejects(
    backendTo(context, `https://localhost:${server.port}`, { ca, bucket: 'another', pathStyle: false }).load('a'),
    failure('backend.unreachable'),
  );
  assert.equal(server.said.slice(before).join(''), '');
});

test('TLS: the right authority for another name is not enough', async (context) => {
  const certificates = await makeCertificates(await temporaryFolder(context));
  const server = await serverOf(context, (line) => line.end(ok('x')), await keysOf(certificates));
  // This machine by an address that the certificate does not have.
  const backend = backendTo(context, `https://127.0.0.1:${server.port}`.replace('127.0.0.1', '[::ffff:127.0.0.1]'), {
    ca: certificates.ca,
  });
  await assert.rejects(backend.load('a'), failure('backend.certificate', /ERR_TLS_CERT_ALTNAME_INVALID/));
  assert.equal(server.said.join(''), '');
});

test('what speaks something else is found out by its first words', async (context) => {
  // It says so at once, and then waits.
  const other = createServer((line) => line.on('error', () => {}).write('SSH-2.0-OpenSSH_9.2\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(other, 'listening');
  context.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  for (const protocol of ['http', 'https']) {
    const backend = backendTo(context, `${protocol}://127.0.0.1:${port}`);
    await assert.rejects(backend.load('a'), failure('backend.protocol', /Does something else/));
  }
});

test('a redirect is followed nowhere', async (context) => {
  const other = await serverOf(context, (line) => line.end(ok('x')));
  const server = await serverOf(context, (line) =>
    line.write(
      `HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:${other.port}/a\r\nContent-Length: 0\r\n\r\n`,
    ),
  );
  await assert.rejects(
    backendTo(context, `http://127.0.0.1:${server.port}`).load('a'),
    failure('backend.refused', /307/),
  );
  assert.equal(other.lines.length, 0);
});

test('a part that is not the part that was asked for is refused', async (context) => {
  const server = await serverOf(context, (line) =>
    line.write('HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nhello'),
  );
  const backend = backendTo(context, `http://127.0.0.1:${server.port}`);
  assert.equal((await backend.load('a', { offset: 0, length: 5 })).toString(), 'hello');
  await assert.rejects(backend.load('a', { offset: 5, length: 5 }), failure('backend.protocol'));
});

async function keysOf({ keyFile, certificateFile }: TestCertificates): Promise<{ key: string; cert: string }> {
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certificateFile, 'utf8') };
}

function backendTo(
  context: TestContext,
  endpoint: string,
  more: { ca?: string; bucket?: string; pathStyle?: boolean } = {},
) {
  const backend = openS3Backend({
    location: 'here',
    endpoint,
    region: 'us-east-1',
    bucket: 'bucket',
    prefix: '',
    pathStyle: true,
    accessKeyId: 'id',
    secretAccessKey: new SecretString('secret'),
    conditionalWrites: true,
    timeoutSeconds: 30,
    ...more,
  });
  context.after(() => backend.close());
  return backend;
}
