// The XML reader against saxes, a parser that nobody here wrote: what ours reads, saxes reads the same way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { failure } from '../../test/support/failures.ts';
import { utf8 } from './bytes.ts';
import { defaultLimits } from './limits.ts';
import { XmlReader } from './xml-reader.ts';

type Event =
  | [kind: 'open', name: string, attributes: Record<string, string>]
  | [kind: 'close', name: string, text: string];

/** The events of a document, fed in pieces of so many bytes; undefined when it is refused. */
function readByUs(document: string, pieceBytes = 1000): Event[] | undefined {
  const events: Event[] = [];
  const handler = {
    open: (name: string, attributes: Readonly<Record<string, string>>) =>
      events.push(['open', name, { ...attributes }]),
    close: (name: string, text: string) => events.push(['close', name, text]),
    leaf(name: string, attributes: Readonly<Record<string, string>>, text: string) {
      handler.open(name, attributes);
      handler.close(name, text);
    },
  };
  const reader = new XmlReader(handler, defaultLimits);
  const bytes = utf8(document);
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.write(bytes.subarray(at, at + pieceBytes));
    reader.end();
  } catch (error) {
    failure('kdbx.damaged')(error);
    return undefined;
  }
  return events;
}

function readBySaxes(document: string): Event[] | undefined {
  const events: Event[] = [];
  const parser = new SaxesParser({ position: false });
  let text = '';
  parser.on('opentag', (tag) => {
    text = '';
    events.push(['open', tag.name, { ...(tag.attributes as Record<string, string>) }]);
  });
  parser.on('text', (part) => (text += part));
  parser.on('cdata', (part) => (text += part));
  parser.on('closetag', (tag) => {
    events.push(['close', tag.name, text]);
    text = '';
  });
  let isRefused = false;
  const refuse = (): void => void (isRefused = true);
  parser.on('doctype', refuse);
  parser.on('error', refuse);
  parser.write(document.replace(/^\ufeff/, '')).close();
  return isRefused ? undefined : events;
}

/** saxes is laxer here and there (`<?p? q?>`), so a refusal of ours is no disagreement. */
function agree(document: string): void {
  const ours = readByUs(document);
  if (ours !== undefined) assert.deepEqual(ours, readBySaxes(document), JSON.stringify(document));
  for (const size of [1, 2, 7]) assert.deepEqual(readByUs(document, size), ours, `in pieces of ${size}`);
}

const name = fc.constantFrom(
  'a',
  'Entry',
  'String',
  'x-1.b',
  'ção',
  '名',
  'a:b',
  '_',
  'LastModificationTime',
  'a\u00b7',
);
const text = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        ' ',
        '\n',
        '\r',
        '\r\n',
        '\t',
        '&amp;',
        '&lt;',
        '&#x1F511;',
        '&#10;',
        '&#13;',
        '&gt;',
        '&quot;',
        '&apos;',
      ],
      ...[
        '🔑',
        'é',
        ']',
        ']]',
        '>',
        '"',
        "'",
        '<!-- c -->',
        '<!---->',
        '<![CDATA[<&]]>',
        '<![CDATA[]]]]>',
        '<?p q?>',
        '<?p?>',
      ],
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))
  .filter((joined) => !joined.includes(']]>') || joined.includes('CDATA'));
const value = fc.constantFrom('""', "''", '"True"', "'a\"b'", '"a>b"', '"&amp;&#x20;\n\t"', '"\r\n"', '"é/"');
const attributes = fc
  .uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 3 })
  .map((pairs) => pairs.map(([key, quoted]) => ` ${key} =\n${quoted}`).join(''));
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(name, attributes, text).map(([key, list, content]) => `<${key}${list}>${content}</${key} >`),
    fc.tuple(name, attributes).map(([key, list]) => `<${key}${list} />`),
    fc
      .tuple(name, attributes, text, fc.array(tie('element'), { maxLength: 3 }), text)
      .map(([key, list, before, inner, after]) => `<${key}${list}>${before}${inner.join('')}${after}</${key}>`),
  ),
}));
const start = fc.constantFrom(
  ...[
    '',
    '\ufeff',
    '<?xml version="1.0"?>',
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\r\n",
    '\n',
    '<!-- c -->',
  ],
);

test('documents that are well-formed give the same elements, texts and attributes as saxes gives, in pieces of any size', () => {
  fc.assert(
    fc.property(start, element, fc.constantFrom('', '\n', '<!-- c -->\r\n', '<?p?>'), (before, root, after) => {
      const document = before + root + after;
      agree(document);
      // `]]>` can come about where a CDATA section is made of the parts above; all else is accepted.
      if (!document.includes(']]')) assert.notEqual(readByUs(document), undefined, JSON.stringify(document));
    }),
    { numRuns: 300 },
  );
});

test('a document that was damaged anywhere is refused, or read as saxes reads it', () => {
  const damage = fc.constantFrom(
    ...[
      '',
      '<',
      '>',
      '&',
      ';',
      '"',
      "'",
      '/',
      ' ',
      '!',
      '?',
      '-',
      ']',
      '=',
      'a',
      '\r',
      '\u0001',
      '\uffff',
      '\u0085',
      '&#0;',
      '&#xD800;',
    ],
    ...[
      '&b;',
      '&#x;',
      ']]>',
      '--',
      '<!',
      '<!-',
      '<![',
      '<![CDATA[',
      '<?',
      '<?xml version="1.0"?>',
      '</a>',
      '<a>',
      '<a/>',
      '<1>',
      ' a=""',
    ],
  );
  fc.assert(
    fc.property(start, element, fc.nat(), fc.nat({ max: 3 }), damage, (before, root, place, length, bad) => {
      const whole = before + root;
      const at = place % (whole.length + 1);
      agree((whole.slice(0, at) + bad + whole.slice(at + length)).toWellFormed());
    }),
    { numRuns: 1500 },
  );
});

test('what saxes would read and KeePass never writes is refused: other versions, encodings and document types', () => {
  for (const document of [
    '<?xml version="1.1"?><a/>',
    '<?xml version="1.0" encoding="latin1"?><a/>',
    '<!DOCTYPE a><a/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    `<a>&#x${'0'.repeat(20)}41;</a>`,
  ]) {
    assert.equal(readByUs(document), undefined, document);
    assert.equal(readByUs(document, 1), undefined, document);
  }
});

test('a text of any length is read piece by piece, and a tag without an end is refused before it grows', () => {
  const long = 'ab&amp;]'.repeat(300_000);
  assert.deepEqual(readByUs(`<a><![CDATA[${long}]]>${long}</a>`, 65_536)?.[1], [
    'close',
    'a',
    long + long.replaceAll('&amp;', '&'),
  ]);
  const reader = new XmlReader({ open: () => {}, close: () => {}, leaf: () => {} }, defaultLimits);
  assert.throws(() => {
    for (let pieces = 0; pieces < 100; pieces += 1)
      reader.write(utf8(`${pieces === 0 ? '<a ' : ''}${'b'.repeat(65_536)}`));
  }, failure('kdbx.over-limit'));
});
