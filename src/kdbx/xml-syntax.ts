// The small rules of XML 1.0 (fifth edition): names, references, attributes, the declaration. All that is not allowed
// trips `NotWellFormed`, which says nothing of the text it found.

/** Attributes of an element by name. */
export type XmlAttributes = Readonly<Record<string, string>>;

/** Thrown for text that is not XML. It carries no part of the text, which may be secret. */
export class NotWellFormed extends Error {}

// XML 1.0, section 2.3, [4] and [4a].
const nameStart =
  ':A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}\\u{2070}-\\u{218f}' +
  '\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}';
const name = `[${nameStart}][-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}${nameStart}]*`;
const nameAt = new RegExp(name, 'uy');
const blanks = '[ \\t\\n]';
const attribute = new RegExp(`${blanks}+(${name})${blanks}*=${blanks}*(?:"([^<"]*)"|'([^<']*)')`, 'uy');
const declaration = new RegExp(
  `^<\\?xml${blanks}+version${blanks}*=${blanks}*(?:"1\\.0"|'1\\.0')` +
    `(?:${blanks}+encoding${blanks}*=${blanks}*(?:"[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))?` +
    `(?:${blanks}+standalone${blanks}*=${blanks}*(?:"(?:yes|no)"|'(?:yes|no)'))?${blanks}*\\?>$`,
  'u',
);
const instruction = new RegExp(`^<\\?(${name})(?:${blanks}[^]*)?\\?>$`, 'u');
const references = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
/** The longest reference that is read, from `&` to `;`. */
export const longestReference = 14;

/** True for characters that XML cannot hold at all (section 2.2, [2]); surrogates cannot come out of UTF-8. */
export function hasForbidden(text: string): boolean {
  return /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text);
}

/** The name that begins at this place, or an empty text. */
export function nameIn(text: string, at: number): string {
  nameAt.lastIndex = at;
  return nameAt.exec(text)?.[0] ?? '';
}

/** Text with its references replaced; there are only the five of XML and those of characters. */
export function withoutReferences(text: string): string {
  let plain = '';
  let from = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    if (end === -1 || end - at >= longestReference) throw new NotWellFormed();
    const reference = text.slice(at + 1, end);
    plain += text.slice(from, at) + (references.get(reference) ?? characterOf(reference));
    from = end + 1;
  }
  return plain + text.slice(from);
}

function characterOf(reference: string): string {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(reference) ?? [];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code < 0xe000)) throw new NotWellFormed();
  const character = String.fromCodePoint(code);
  if (hasForbidden(character)) throw new NotWellFormed();
  return character;
}

/** The attributes in this part of a tag, between its name and its end. */
export function attributesIn(source: string): XmlAttributes {
  const attributes = Object.create(null) as Record<string, string>;
  let at = 0;
  for (attribute.lastIndex = 0; ; at = attribute.lastIndex) {
    const found = attribute.exec(source);
    if (found === null) break;
    const [, key = '', double, single] = found;
    if (key in attributes) throw new NotWellFormed();
    // Section 3.3.3: blanks as they stand become spaces; those that are references stay.
    attributes[key] = withoutReferences((double ?? single ?? '').replaceAll(/[\t\n]/g, ' '));
  }
  if (!/^[ \t\n]*$/.test(source.slice(at))) throw new NotWellFormed();
  return attributes;
}

/** Refuses a declaration (section 2.8) that is not that of XML 1.0 in UTF-8. */
export function checkDeclaration(text: string): void {
  if (!declaration.test(text)) throw new NotWellFormed();
}

/** Refuses a processing instruction (section 2.6) without a name, and declarations anywhere but at the start. */
export function checkInstruction(text: string): void {
  const target = instruction.exec(text)?.[1];
  if (target === undefined || target.toLowerCase() === 'xml') throw new NotWellFormed();
}
