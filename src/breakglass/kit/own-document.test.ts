// Two readers for the same text: one that knows how Orbit writes, one that knows KDBX. They must never differ in what they found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyOrigin, anyRecord, recordOf } from '../../../test/support/any-record.ts';
import { someSecrets } from '../../../test/support/many-secrets.ts';
import { fc } from '../../../test/support/seeded.ts';
import { isFailure } from '../../base/failure.ts';
import { concatBytes } from '../../kdbx/bytes.ts';
import { DocumentParser } from '../../kdbx/document-parser.ts';
import { decodeInnerHeader } from '../../kdbx/inner-header.ts';
import { writeKdbx } from '../../kdbx/kdbx.ts';
import type { ByteStream } from '../../kdbx/kdbx-crypto.ts';
import type { KdbxEntry } from '../../kdbx/kdbx-types.ts';
import { innerKeyStream } from '../../kdbx/key-stream.ts';
import { defaultLimits } from '../../kdbx/limits.ts';
import { nodeCrypto } from '../../kdbx/node-crypto.ts';
import { XmlReader } from '../../kdbx/xml-reader.ts';
import { fromKdbxEntry, toKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import { contentText } from '../../sources/secrets/packed-records.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import { readOwnDocument } from './own-document.ts';

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '"\\', '<&>"\r\n\t', 'é🔑', '\u2028', 'nul \0'),
);
const anySet = fc.uniqueArray(fc.tuple(fc.oneof(recordOf(texts), anyRecord), anyOrigin), {
  maxLength: 5,
  selector: ([{ id }]) => id,
});

async function clearTextOf(entries: Iterable<KdbxEntry>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const show = async (piece: Uint8Array): Promise<void> => void pieces.push(piece.slice());
  await writeKdbx(entries, { keyFile: Buffer.from('any') }, { kdf: { kind: 'aes', rounds: 1 }, show });
  return Buffer.concat(pieces);
}

async function* inPieces(text: Uint8Array, size: number): ByteStream {
  for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
}

function shown(source: string, record: SecretRecord): string {
  return JSON.stringify([source, record.id, contentText(record), record.attachments]);
}

/** What the quick reader finds, and how many of it were quick. */
async function foundByOwn(text: Uint8Array, size: number): Promise<{ found: string[]; quick: number }> {
  const found: string[] = [];
  let quick = 0;
  await readOwnDocument(inPieces(text, size), {
    entry({ source, id, groups, content }) {
      quick += 1;
      const json = Buffer.from(content).toString();
      assert.deepEqual((JSON.parse(json) as unknown[])[2], groups);
      found.push(JSON.stringify([source, id, json, []]));
    },
    record: (source, record) => found.push(shown(source, record)),
  });
  return { found, quick };
}

async function foundByAny(text: Uint8Array): Promise<string[]> {
  const { header, rest } = await decodeInnerHeader(inPieces(text, text.length), defaultLimits);
  const parser = new DocumentParser(await innerKeyStream(nodeCrypto, header.cipherId, header.key), header.attachments);
  const reader = new XmlReader(parser, defaultLimits);
  reader.write(concatBytes(await Array.fromAsync(rest)));
  reader.end();
  return parser.takeEntries().map((entry) => {
    const { record, origin } = fromKdbxEntry(entry);
    return shown(origin.source ?? '', record);
  });
}

test('whatever secrets are written, the quick reader finds what any reader finds, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(anySet, fc.integer({ min: 1, max: 3000 }), async (given, size) => {
      const text = await clearTextOf(given.map(([record, origin]) => toKdbxEntry(record, origin)));
      const { found } = await foundByOwn(text, size);
      assert.deepEqual(found, await foundByAny(text));
      assert.deepEqual(found.toSorted(), given.map(([record, { source = '' }]) => shown(source, record)).toSorted());
    }),
    { numRuns: 200 },
  );
});

test('ordinary secrets go the quick way: all but those with files', async () => {
  const secrets = [...someSecrets(300)];
  const text = await clearTextOf(secrets.map((secret) => toKdbxEntry(secret, { source: 's', under: 'S' })));
  const { found, quick } = await foundByOwn(text, 64 * 1024);
  assert.equal(found.length, 300);
  assert.equal(quick, secrets.filter(({ attachments }) => attachments.length === 0).length);
});

test('after any change to any byte the quick reader finds what any reader finds, or refuses', async () => {
  const entries = [...someSecrets(12)].map((secret) => toKdbxEntry(secret, { source: 's' }));
  const text = await clearTextOf(entries);
  const ofXml = [...'<>&"/=A;\r\n\0 ', '\ufffe', '\uffff', 'é', ']]>', '&lt;', '&#0;', '&#65;', '<!---->'].map((one) =>
    Buffer.from(one),
  );
  const bytes = fc.oneof(
    fc.constantFrom(...ofXml, Buffer.of(0xff)),
    fc.nat({ max: 255 }).map((byte) => Buffer.of(byte)),
  );
  const changes = fc.array(fc.tuple(fc.nat({ max: text.length - 1 }), bytes), { minLength: 1, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(changes, async (changed) => {
      const other = Buffer.from(text);
      for (const [at, piece] of changed) piece.copy(other, at);
      const found = await foundByOwn(other, 1000).catch((error: unknown) => {
        assert.ok(isFailure(error), String(error));
        return undefined;
      });
      if (found !== undefined) assert.deepEqual(found.found, await foundByAny(other));
    }),
    { numRuns: 2500 },
  );
});

test('a text that ends anywhere too early is refused', async () => {
  const text = await clearTextOf([...someSecrets(3)].map((secret) => toKdbxEntry(secret, { source: 's' })));
  for (let length = 0; length < text.length; length += 7) {
    const cut = foundByOwn(text.subarray(0, length), 500);
    await assert.rejects(cut, (error) => isFailure(error, 'kdbx.damaged'), `${length} of ${text.length} bytes`);
  }
});
