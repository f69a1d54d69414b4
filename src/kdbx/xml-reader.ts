// Feeds XML to a handler piece by piece. It reads what KeePass programs write and what XML 1.0 allows in its place, and
// refuses the rest. There are no entities to expand: a DOCTYPE is refused.
import { isFailure } from '../base/failure.ts';
import type { KdbxLimits } from './limits.ts';
import { damaged, overLimit } from './refusals.ts';
import {
  attributesIn,
  checkDeclaration,
  checkInstruction,
  hasForbidden,
  longestReference,
  nameIn,
  NotWellFormed,
  withoutReferences,
  type XmlAttributes,
} from './xml-syntax.ts';

/** What stood in a tag: names and values. */
export type { XmlAttributes } from './xml-syntax.ts';

/** What a reader of XML is told. `text` is what stood between the last tag and this closing one. */
export interface XmlHandler {
  open(name: string, attributes: XmlAttributes): void;
  close(name: string, text: string): void;
  /** Stands for both where an element has nothing but text in it, or nothing: most do, and one call is less than two. */
  leaf(name: string, attributes: XmlAttributes, text: string): void;
  /** Elements of this name are offered as they stand, to be read another day; those it does not keep are read now. */
  readonly kept?: { name: string; keep(source: string): boolean };
}

// KeePass's longest tags have some dozen characters. What is begun is scanned again with the next piece, so it stays small.
const longestMarkup = 1024 * 1024;
const noAttributes = Object.freeze(Object.create(null)) as XmlAttributes;
const [tab, lineFeed, space, slash, less, more] = [0x09, 0x0a, 0x20, 0x2f, 0x3c, 0x3e];
const [exclamation, question, quote, apostrophe] = [0x21, 0x3f, 0x22, 0x27];
// Characters of names in ASCII: 1 where a name may begin, 2 where it may only go on.
const nameKinds = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  nameKinds[code] = /[:A-Z_a-z]/.test(character) ? 1 : /[-.0-9]/.test(character) ? 2 : 0;
}
/** Says that more must come before something can be read. */
const waiting = -1;

/** A parser in progress. Throws `kdbx.damaged` for anything that is not well-formed, `kdbx.over-limit` for too much. */
export class XmlReader {
  readonly #handler: XmlHandler;
  readonly #limits: KdbxLimits;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  // A document has a few dozen names and sets of attributes, and each of them a hundred thousand times.
  readonly #names: (string | undefined)[] = [];
  readonly #attributes = new Map<string, XmlAttributes>();
  /** Names of the elements that are open. */
  readonly #path: string[] = [];
  #total = 0;
  #sinceTag = 0;
  /** What was not read yet: at most the beginning of something. */
  #buffer = '';
  #isStart = true;
  #hasRoot = false;
  #isCdata = false;
  #text = '';

  constructor(handler: XmlHandler, limits: KdbxLimits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  write(piece: Uint8Array): void {
    this.#total += piece.length;
    if (this.#total > this.#limits.xml) throw overLimit(`more than ${this.#limits.xml} bytes of XML`);
    const lastTag = piece.lastIndexOf(0x3c);
    this.#sinceTag = lastTag === -1 ? this.#sinceTag + piece.length : piece.length - lastTag;
    if (this.#sinceTag > this.#limits.xmlPiece) throw overLimit(`a text longer than ${this.#limits.xmlPiece} bytes`);
    this.#parse(() => this.#take(this.#decoder.decode(piece, { stream: true }), false));
  }

  end(): void {
    this.#parse(() => {
      this.#take(this.#decoder.decode(), true);
      if (this.#buffer !== '' || this.#isCdata || this.#path.length > 0 || !this.#hasRoot) throw new NotWellFormed();
    });
  }

  #parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (isFailure(error)) throw error;
      // Other words than these could quote the document, and so perhaps a secret: no cause is kept either.
      throw damaged('its XML is not well-formed');
    }
  }

  #take(text: string, isEnd: boolean): void {
    if (hasForbidden(text)) throw new NotWellFormed();
    let buffer = this.#buffer + text;
    if (buffer.includes('\r')) buffer = unixLines(buffer, isEnd);
    const end = buffer.endsWith('\r') ? buffer.length - 1 : buffer.length;
    const at = this.#scan(end === buffer.length ? buffer : buffer.slice(0, end), isEnd);
    this.#buffer = buffer.slice(at);
    if (this.#buffer.length > longestMarkup) throw overLimit(`a tag longer than ${longestMarkup} characters`);
  }

  /** Reads as much as is whole, and gives where the rest begins. */
  #scan(buffer: string, isEnd: boolean): number {
    let at = this.#isStart ? this.#start(buffer, isEnd) : 0;
    if (at === waiting) return 0;
    while (at < buffer.length) {
      if (this.#isCdata) {
        const end = buffer.indexOf(']]>', at);
        const until = end === -1 ? beforeBrackets(buffer, at) : end;
        this.#text += buffer.slice(at, until);
        if (end === -1) return until;
        this.#isCdata = false;
        at = end + 3;
        continue;
      }
      const tag = buffer.indexOf('<', at);
      if (tag !== at) {
        const until = tag !== -1 ? tag : isEnd ? buffer.length : wholeText(buffer, at);
        if (until > at) this.#addText(buffer.slice(at, until));
        if (tag === -1) return until;
      }
      const next = this.#markup(buffer, tag);
      if (next === waiting) return tag;
      at = next;
    }
    return at;
  }

  /** The declaration, which may stand at the very start only. */
  #start(buffer: string, isEnd: boolean): number {
    const mark = '<?xml';
    if (buffer.length <= mark.length && mark.startsWith(buffer) && !isEnd) return waiting;
    let at = 0;
    if (buffer.startsWith(mark) && nameIn(buffer, 2) === 'xml') {
      const end = buffer.indexOf('?>');
      if (end === -1) return waiting;
      at = end + 2;
      checkDeclaration(buffer.slice(0, at));
    }
    this.#isStart = false;
    return at;
  }

  #addText(text: string): void {
    if (this.#path.length > 0) this.#text += textOf(text);
    else if (/[^ \t\n]/.test(text)) throw new NotWellFormed();
  }

  /** Reads what begins with `<` at this place, and gives where it ends. */
  #markup(buffer: string, at: number): number {
    const first = buffer.charCodeAt(at + 1);
    if (first === slash) return this.#closingTag(buffer, at);
    if (first === exclamation) return this.#exclamation(buffer, at);
    if (first === question) {
      const end = buffer.indexOf('?>', at + 2);
      if (end === -1) return waiting;
      checkInstruction(buffer.slice(at, end + 2));
      return end + 2;
    }
    return at + 1 < buffer.length ? this.#openingTag(buffer, at) : waiting;
  }

  #exclamation(buffer: string, at: number): number {
    const [comment, cdata] = ['<!--', '<![CDATA['];
    if (buffer.startsWith(comment, at)) {
      const end = buffer.indexOf('--', at + comment.length);
      if (end === -1 || end + 2 >= buffer.length) return waiting;
      // Section 2.5: two hyphens end a comment, and stand nowhere else in it.
      if (buffer.charCodeAt(end + 2) !== more) throw new NotWellFormed();
      return end + 3;
    }
    if (buffer.startsWith(cdata, at)) {
      if (this.#path.length === 0) throw new NotWellFormed();
      this.#isCdata = true;
      return at + cdata.length;
    }
    const begun = buffer.slice(at, at + cdata.length);
    if (comment.startsWith(begun) || cdata.startsWith(begun)) return waiting;
    throw damaged('its XML declares a document type, which KeePass never writes');
  }

  #closingTag(buffer: string, at: number): number {
    const name = this.#path[this.#path.length - 1];
    if (name === undefined) throw new NotWellFormed();
    let end = at + 2 + name.length;
    if (end >= buffer.length) return waiting;
    if (!buffer.startsWith(name, at + 2)) throw new NotWellFormed();
    while (isBlank(buffer.charCodeAt(end))) end += 1;
    if (end >= buffer.length) return waiting;
    if (buffer.charCodeAt(end) !== more) throw new NotWellFormed();
    this.#path.pop();
    this.#handler.close(name, this.#text);
    this.#text = '';
    return end + 1;
  }

  #openingTag(buffer: string, at: number): number {
    let nameEnd = at + 1;
    let sum = 0;
    let code = buffer.charCodeAt(nameEnd);
    for (; code < 128 && (nameKinds[code] as number) > 0; code = buffer.charCodeAt(nameEnd)) {
      sum = (sum * 31 + code) & 1023;
      nameEnd += 1;
    }
    if (code >= 128) nameEnd = at + 1 + nameIn(buffer, at + 1).length;
    const end = code === more ? nameEnd : tagEnd(buffer, nameEnd);
    if (end === waiting) return waiting;
    const first = buffer.charCodeAt(at + 1);
    if (nameEnd === at + 1 || (first < 128 && nameKinds[first] !== 1)) throw new NotWellFormed();
    const name = this.#nameAt(buffer, at + 1, nameEnd, sum);
    const isEmpty = buffer.charCodeAt(end - 1) === slash;
    const attributesEnd = isEmpty ? end - 1 : end;
    const attributes =
      attributesEnd <= nameEnd ? noAttributes : this.#attributesOf(buffer.slice(nameEnd, attributesEnd));
    if (this.#path.length === 0) {
      if (this.#hasRoot) throw new NotWellFormed();
      this.#hasRoot = true;
    }
    if (this.#path.length >= this.#limits.xmlDepth) {
      throw overLimit(`elements nested deeper than ${this.#limits.xmlDepth}`);
    }
    this.#text = '';
    if (isEmpty) {
      this.#handler.leaf(name, attributes, '');
      return end + 1;
    }
    if (name === this.#handler.kept?.name) {
      const close = buffer.indexOf(`</${name}>`, end + 1);
      if (close === -1 && buffer.length - at < longestMarkup / 2) return waiting;
      if (close !== -1 && this.#handler.kept.keep(buffer.slice(end + 1, close))) return close + name.length + 3;
    }
    const leafEnd = this.#leaf(buffer, end + 1, name, attributes);
    if (leafEnd !== waiting) return leafEnd;
    this.#handler.open(name, attributes);
    this.#path.push(name);
    return end + 1;
  }

  /** Reads the rest of an element that is whole here and has only text in it; `waiting` for any other. */
  #leaf(buffer: string, at: number, name: string, attributes: XmlAttributes): number {
    const tag = buffer.indexOf('<', at);
    const end = tag + 2 + name.length;
    if (tag === -1 || buffer.charCodeAt(tag + 1) !== slash || buffer.charCodeAt(end) !== more) return waiting;
    if (!buffer.startsWith(name, tag + 2)) return waiting;
    this.#handler.leaf(name, attributes, tag === at ? '' : textOf(buffer.slice(at, tag)));
    return end + 1;
  }

  #nameAt(buffer: string, start: number, end: number, sum: number): string {
    const known = this.#names[sum];
    if (known !== undefined && known.length === end - start && buffer.startsWith(known, start)) return known;
    const name = ownCopy(buffer.slice(start, end));
    this.#names[sum] = name;
    return name;
  }

  #attributesOf(source: string): XmlAttributes {
    const known = this.#attributes.get(source);
    if (known !== undefined) return known;
    const attributes = attributesIn(source);
    if (source.length < 64 && this.#attributes.size < 256) {
      this.#attributes.set(ownCopy(source), Object.freeze(attributes));
    }
    return attributes;
  }
}

function textOf(source: string): string {
  if (source.includes(']]>')) throw new NotWellFormed();
  return source.includes('&') ? withoutReferences(source) : source;
}

/** Where the `>` of a tag stands, or `waiting`. Quoted values may contain one. */
function tagEnd(buffer: string, start: number): number {
  let inside = 0;
  for (let at = start; at < buffer.length; at += 1) {
    const code = buffer.charCodeAt(at);
    if (code === less) throw new NotWellFormed();
    if (inside !== 0) {
      if (code === inside) inside = 0;
    } else if (code === more) return at;
    else if (code === quote || code === apostrophe) inside = code;
  }
  return waiting;
}

function isBlank(code: number): boolean {
  return code === space || code === lineFeed || code === tab;
}

/** Line ends as section 2.11 has them; a carriage return at the end waits for what follows it. */
function unixLines(text: string, isEnd: boolean): string {
  return text.replaceAll(isEnd ? /\r\n?/g : /\r\n|\r(?!$)/g, '\n');
}

/** Where text ends that can be read before more comes: what could be half a reference or half of `]]>` waits. */
function wholeText(buffer: string, at: number): number {
  const reference = buffer.indexOf('&', Math.max(at, buffer.length - longestReference));
  if (reference === -1) return beforeBrackets(buffer, at);
  const last = buffer.lastIndexOf('&');
  return buffer.includes(';', last) ? beforeBrackets(buffer, at) : last;
}

function beforeBrackets(buffer: string, at: number): number {
  let end = buffer.length;
  while (end > at && end > buffer.length - 2 && buffer.charCodeAt(end - 1) === 0x5d) end -= 1;
  return end;
}

// A part of a text keeps the whole of it in memory; the key of an object is a text of its own.
function ownCopy(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}
