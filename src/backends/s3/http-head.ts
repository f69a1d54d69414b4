// Heads of HTTP/1.1 messages (RFC 9112): what we say, and what a server says, which is read strictly and within limits.
import assert from 'node:assert';
import { malformed } from '../failures.ts';

/** The first lines of a request. `target` is encoded; the names of the headers are in small letters. */
export interface RequestHead {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  target: string;
  headers: Record<string, string>;
}

/** The first lines of an answer. The names of the headers are in small letters. */
export interface AnswerHead {
  status: number;
  headers: ReadonlyMap<string, string>;
  /** Whether the server hangs up after this answer. */
  isLast: boolean;
}

/** A head of more bytes is refused. */
export const headBytesMax = 32 * 1024;
const headersMax = 128;

const printable = /^[\x20-\x7e]*$/;
const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** A header: no blank before the colon, and none that goes on in the next line, as both have been used to say two things at once. */
export const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/** The bytes of a request's head, the empty line at its end included. */
export function encodeHead({ method, target, headers }: RequestHead): string {
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (const name in headers) {
    const line = `${name}: ${headers[name]}`;
    assert.ok(printable.test(line), 'a header has printable characters only');
    text += `${line}\r\n`;
  }
  return `${text}\r\n`;
}

/** Reads an answer's head, without the empty line at its end. @throws Failure `backend.protocol` */
export function parseHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (status === undefined) throw malformed('no HTTP answer begins like this');
  if (lines.length > headersMax) throw malformed(`more than ${headersMax} headers`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = headerLine.exec(line) ?? [];
    if (name === '') throw malformed('a header that is none');
    const known = name.toLowerCase();
    const earlier = headers.get(known);
    headers.set(known, earlier === undefined ? value.trimEnd() : `${earlier}, ${value.trimEnd()}`);
  }
  // Chunks came with HTTP/1.1: whatever lies between may have understood something else.
  if (minor === '0' && headers.has('transfer-encoding')) throw malformed('chunks from a server of HTTP/1.0');
  const connection = (headers.get('connection') ?? '').toLowerCase().split(/[\t ]*,[\t ]*/);
  const isLast = connection.includes('close') || (minor === '0' && !connection.includes('keep-alive'));
  return { status: Number(status), headers, isLast };
}
