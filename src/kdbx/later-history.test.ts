// The past that is read later is the past that is read at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../test/support/failures.ts';
import { someSecrets } from '../../test/support/many-secrets.ts';
import { toKdbxEntry } from '../sources/secrets/kdbx-entry.ts';
import { toBase64 } from './base64.ts';
import { utf8 } from './bytes.ts';
import { ChaCha20 } from './chacha20.ts';
import { DocumentParser } from './document-parser.ts';
import { readKdbx, writeKdbx } from './kdbx.ts';
import type { KdbxEntry } from './kdbx-types.ts';
import { pastKeeper } from './later-history.ts';
import { defaultLimits } from './limits.ts';
import { XmlReader } from './xml-reader.ts';

const stream = (): ChaCha20 => new ChaCha20(new Uint8Array(32).fill(7), new Uint8Array(12).fill(9));

/** Entries of a document, fed in pieces of so many bytes. `isKept` hears of each past that was kept for later. */
function read(document: string, pieceBytes: number, isKept?: (isKept: boolean) => void): KdbxEntry[] {
  const protection = stream();
  const keep = pastKeeper(protection, defaultLimits);
  const keepPast = (source: string): ReturnType<typeof keep> => {
    const readPast = keep(source);
    isKept?.(readPast !== undefined);
    return readPast;
  };
  const parser = new DocumentParser(protection, [Uint8Array.of(1)], isKept === undefined ? {} : { keepPast });
  const reader = new XmlReader(parser, defaultLimits);
  const bytes = utf8(document);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.write(bytes.subarray(at, at + pieceBytes));
  reader.end();
  return parser.takeEntries();
}

const plain = ({ history, ...entry }: KdbxEntry): object => ({ ...entry, history });

/** A document whose sealed values are sealed in their order; a history is a list of parts. */
function documentOf(histories: readonly string[][]): string {
  const protection = stream();
  const entries = histories.map((parts, number) => {
    const uuid = toBase64(new Uint8Array(16).fill(number + 1));
    const text = `<String><Key>now</Key><Value Protected="True">now ${number}</Value></String><History>${parts.join('')}</History>`;
    return `<Entry><UUID>${uuid}</UUID>${text}</Entry>`;
  });
  const all = `<KeePassFile><Root><Group><UUID>AAAAAAAAAAAAAAAAAAAAAA==</UUID><Name>n</Name>${entries.join('')}</Group></Root></KeePassFile>`;
  return all.replaceAll(/(Protected\s*=\s*['"]True['"]\s*>)([^<]*)(?=<\/Value)/g, (_, start: string, value: string) => {
    const bytes = utf8(value);
    protection.apply(bytes);
    return start + toBase64(bytes);
  });
}

const kept = [
  '<Entry><String><Key>a</Key><Value Protected="True">värde &amp;</Value></String></Entry>',
  '<Entry><UUID>AAAAAAAAAAAAAAAAAAAAAA==</UUID><String><Key>b</Key><Value>1 &lt; 2</Value></String><Tags>x;y</Tags></Entry>',
  '<Entry><String><Key>c</Key><Value Protected="True"></Value></String><String><Key>d</Key><Value Protected="True">d</Value></String></Entry>',
  '<Entry><Times><ExpiryTime>2026-01-01T00:00:00Z</ExpiryTime><Expires>True</Expires></Times></Entry>\n',
  '<Entry><Strange><Value Protected="True">of no us</Value></Strange></Entry>',
];
const readAtOnce = [
  '<!-- </Entry> -->',
  '<Entry><String><Key>e</Key><Value><![CDATA[</History>]]></Value></String></Entry>',
  '<Entry><String><Key>f</Key><Value Protected="False">Protected</Value></String></Entry>',
  `<Entry><String><Key>g</Key><Value Protected = 'True' >spaced</Value></String></Entry>`,
  '<Entry><Binary><Key>file</Key><Value Ref="0"/></Binary></Entry>',
  '<Entry><String><Key>h</Key><Value>is Protected</Value></String></Entry>',
];

test('a past that is read later, in any order, is the one that is read at once, in pieces of any size', () => {
  const history = fc.array(fc.constantFrom(...kept, ...readAtOnce), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(history, { maxLength: 5 }),
      fc.constantFrom(1, 7, 1000),
      fc.boolean(),
      (parts, size, turned) => {
        const document = documentOf(parts);
        const atOnce = read(document, 1000).map(plain);
        const keptPasts: boolean[] = [];
        const later = read(document, size, (isKept) => keptPasts.push(isKept));
        if (turned) for (const entry of later.toReversed()) assert.ok(entry.history.length >= 0);
        assert.deepEqual(later.map(plain), atOnce);
        assert.deepEqual(
          keptPasts,
          parts.map((list) => list.every((part) => kept.includes(part))),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a file as Orbit writes it gives the same secrets with their past, read later or at once', async () => {
  const secrets = [...someSecrets(200)].map((secret) => toKdbxEntry(secret, { source: 's' }));
  const keyFile = new Uint8Array(32).fill(1);
  const database = await readKdbx(await writeKdbx(secrets, { keyFile }, { kdf: { kind: 'aes', rounds: 1 } }), {
    keyFile,
  });
  const atOnce = await Array.fromAsync(database.entries());
  const later = await Array.fromAsync(database.entries({ isPastLater: true }));
  assert.deepEqual(later.toReversed().map(plain), atOnce.toReversed().map(plain));
  assert.ok(later.some(({ history }) => history.length > 1));
});

test('a past that is not well-formed is refused when it is asked for, and only then', () => {
  const [entry] = read(documentOf([['<Entry><String></Entry>']]), 1000, () => {});
  assert.equal(entry?.fields[0]?.value, 'now 0');
  assert.throws(() => entry?.history, failure('kdbx.damaged'));
});

test('a key stream goes on from any place as if it had been used up to there', () => {
  const whole = new Uint8Array(1000);
  stream().apply(whole);
  for (let position = 0; position < 900; position += 13) {
    const moved = stream();
    moved.moveTo(position);
    const part = new Uint8Array(70);
    assert.equal(moved.position, position);
    moved.apply(part);
    assert.equal(moved.position, position + 70);
    assert.deepEqual(part, whole.slice(position, position + 70));
    const copied = new Uint8Array(70);
    moved.copyAt(position).apply(copied);
    assert.deepEqual(copied, part);
  }
});
