import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EventId, eventCatalog, orbitEvent } from '../../base/event.ts';
import { cefText } from './cef.ts';
import { datagram, frame } from './framing.ts';
import { rfc5424Message } from './rfc5424.ts';

const at = new Date('2026-11-23T05:00:07.250Z');
const sender = { hostName: 'vault1', processId: 7, facility: 1, appName: 'orbit' };
// Texts with many of the characters that formats give a meaning to.
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\\', '|', '=', '\n', '\r', '"', ']', ' ', 'n', 'a=', 'ü', '😀'), maxLength: 40 }),
);
const lost = (reason: string, destination: string) => ({
  id: 'm1',
  event: orbitEvent('destination.lost', { destination, location: 'x', reason, since: at }, at),
});

test('a CEF text gives back vendor and facts whatever is in them', () => {
  fc.assert(
    fc.property(nasty, nasty, nasty, (vendor, reason, destination) => {
      const product = { vendor, product: 'p', version: '1' };
      const text = cefText(lost(reason, destination), sender, product);
      assert.doesNotMatch(text, /[\r\n]/);
      const { header, extension } = readCef(text);
      assert.equal(header.length, 7);
      assert.equal(header[1], vendor.replace(/[\r\n]+/g, ' '));
      assert.equal(extension.get('reason'), reason);
      assert.equal(extension.get('destinationName'), destination);
      assert.equal(extension.get('since'), at.toISOString());
    }),
    { numRuns: 500 },
  );
});

test('structured data gives back facts whatever is in them', () => {
  fc.assert(
    fc.property(nasty, nasty, (reason, destination) => {
      const message = lost(reason, destination);
      const text = rfc5424Message(message, sender);
      const parameters = readStructuredData(text);
      assert.equal(parameters.get('reason'), reason);
      assert.equal(parameters.get('destination'), destination);
      assert.ok(text.endsWith(` ${message.event.message}`));
    }),
    { numRuns: 500 },
  );
});

test('half a surrogate pair becomes U+FFFD and nothing else breaks', () => {
  const text = cefText(lost('a\ud800b', 'x'), sender, { vendor: 'v', product: 'p', version: '1' });
  assert.equal(readCef(text).extension.get('reason'), 'a\ufffdb');
});

test('a frame counts its octets; a datagram is never longer than it may be, and never ends in half a character or escape', () => {
  fc.assert(
    fc.property(nasty, fc.integer({ min: 10, max: 60 }), (text, bytesMax) => {
      const bytes = Buffer.from(text, 'utf8');
      assert.equal(frame(text, 'octet-counting').toString('utf8'), `${bytes.length} ${text}`);
      assert.equal(frame(text, 'newline').indexOf('\n'), frame(text, 'newline').length - 1);
      const cut = datagram(text, bytesMax);
      assert.ok(cut.length <= bytesMax);
      const shown = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cut);
      if (bytes.length <= bytesMax) assert.equal(shown, text);
      else {
        assert.ok(shown.endsWith('…') && text.startsWith(shown.slice(0, -1)));
        assert.equal((/(\\*)…$/.exec(shown)?.[1]?.length ?? 0) % 2, 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('every event id is a syslog MSGID: at most 32 printable characters', () => {
  for (const id of Object.keys(eventCatalog) as EventId[]) assert.match(id, /^[\x21-\x7e]{1,32}$/);
});

// Readers written from the specifications, character by character, apart from the writers.
function readCef(text: string): { header: string[]; extension: Map<string, string> } {
  const header: string[] = [];
  let field = '';
  let position = 0;
  for (; header.length < 7; position += 1) {
    const character = text[position];
    assert.ok(character !== undefined, 'the header ends too early');
    if (character === '\\') {
      position += 1;
      field += text[position];
    } else if (character === '|') {
      header.push(field);
      field = '';
    } else field += character;
  }
  // A key is the word before an `=` that has no backslash; what lies between is a value.
  const rest = text.slice(position);
  const starts = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)].filter((match) => {
    const before = /(\\*)$/.exec(rest.slice(0, match.index + match[0].length - 1))?.[1]?.length ?? 0;
    return before % 2 === 0;
  });
  const extension = new Map<string, string>();
  starts.forEach((match, index) => {
    const value = rest.slice(match.index + match[0].length, starts[index + 1]?.index);
    extension.set(
      match[1] ?? '',
      value.replace(/\\(.)/gs, (_, next: string) => unescaped(next)),
    );
  });
  return { header, extension };
}

function unescaped(next: string): string {
  if (next === 'n') return '\n';
  return next === 'r' ? '\r' : next;
}

function readStructuredData(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  let position = text.indexOf('[') + 1;
  position = text.indexOf(' ', position);
  while (text[position] === ' ') {
    const equals = text.indexOf('="', position);
    const name = text.slice(position + 1, equals);
    let value = '';
    for (position = equals + 2; text[position] !== '"'; position += 1) {
      if (text[position] === '\\') position += 1;
      value += text[position];
    }
    parameters.set(name, value);
    position += 1;
  }
  assert.equal(text[position], ']');
  return parameters;
}
