// Finds the parts of a packed record's content in its bytes: where each text lies, without making texts of them. `contentText` writes it.
import { endOfPlainText } from '../../kdbx/json-text.ts';
import { areShownAsNamed, sameTexts } from './kdbx-entry.ts';
import { shownTags } from './kdbx-shown.ts';

const [quote, comma, open, close, minus, zero] = [0x22, 0x2c, 0x5b, 0x5d, 0x2d, 0x30];
const nullWord = wordOf('null');
const trueWord = wordOf('true');
const falseWord = wordOf('false');
const decoder = new TextDecoder();
// Caught below; it carries nothing.
const notPlain = new Error('not plain');

/** A text of the content: its places between the quotation marks. */
export interface Span {
  start: number;
  end: number;
}

/** One look of a secret. */
export interface VersionPlaces {
  /** Title, user name, password, URL, notes. */
  texts: Span[];
  fields: { name: Span; value: Span; isProtected: boolean }[];
  changedAt: Date;
  secondFactor: Span | undefined;
  tags: readonly string[];
  expiresAt: Date | undefined;
}

/** A secret with its past, oldest first. */
export interface ContentPlaces extends VersionPlaces {
  type: string;
  createdAt: Date;
  history: VersionPlaces[];
}

/**
 * The parts of a content. Undefined when a KDBX file cannot show all of it as it is: a text, a tag, the name of a field; or when its past
 * has files.
 */
export function placesInContent(content: Uint8Array): ContentPlaces | undefined {
  try {
    return new ContentReader(content).record();
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

type Look = Omit<VersionPlaces, 'secondFactor' | 'tags' | 'expiresAt'>;

class ContentReader {
  readonly #json: Uint8Array;
  #at = 0;

  constructor(json: Uint8Array) {
    this.#json = json;
  }

  record(): ContentPlaces {
    this.#expect(open);
    this.#expect(open);
    const look = this.#look();
    this.#expect(close);
    this.#expect(comma);
    const type = this.#string();
    this.#expect(comma);
    this.#strings();
    this.#expect(comma);
    const tags = this.#tags();
    this.#expect(comma);
    const secondFactor = this.#textOrNull();
    this.#expect(comma);
    const createdAt = this.#time();
    this.#expect(comma);
    const expiresAt = this.#timeOrNull();
    this.#expect(comma);
    const now = { ...look, type, tags, secondFactor, createdAt, expiresAt };
    const history = this.#list(() => this.#past(now));
    this.#expect(close);
    return { ...now, history };
  }

  #look(): Look {
    const texts: Span[] = [];
    for (let count = 0; count < 5; count += 1) {
      texts.push(this.#text());
      this.#expect(comma);
    }
    const fields = this.#list(() => this.#field());
    this.#expect(comma);
    if (fields.length > 0 && !areShownAsNamed(fields.map(({ name }) => this.#stringAt(name)))) throw notPlain;
    return { texts, fields, changedAt: this.#time() };
  }

  #past({ tags, expiresAt }: Pick<VersionPlaces, 'tags' | 'expiresAt'>): VersionPlaces {
    this.#expect(open);
    const look = this.#look();
    const past: VersionPlaces = { ...look, secondFactor: undefined, tags, expiresAt };
    if (this.#takes(comma)) {
      past.secondFactor = this.#textOrNull();
      this.#expect(comma);
      this.#expect(open);
      // Files are looked for elsewhere.
      this.#expect(close);
      if (this.#takes(comma)) {
        past.tags = this.#tags();
        this.#expect(comma);
        past.expiresAt = this.#timeOrNull();
      }
    }
    this.#expect(close);
    return past;
  }

  #field(): VersionPlaces['fields'][number] {
    this.#expect(open);
    const name = this.#text();
    this.#expect(comma);
    const value = this.#text();
    this.#expect(comma);
    const isProtected = this.#takesWord(trueWord);
    if (!isProtected && !this.#takesWord(falseWord)) throw notPlain;
    this.#expect(close);
    return { name, value, isProtected };
  }

  #list<Item>(item: () => Item): Item[] {
    const items: Item[] = [];
    this.#expect(open);
    if (this.#takes(close)) return items;
    do items.push(item());
    while (this.#takes(comma));
    this.#expect(close);
    return items;
  }

  #tags(): string[] {
    const tags = this.#strings();
    if (tags.length > 0 && !sameTexts(shownTags(tags), tags)) throw notPlain;
    return tags;
  }

  #strings(): string[] {
    return this.#list(() => this.#string());
  }

  #string(): string {
    return this.#stringAt(this.#text());
  }

  #stringAt({ start, end }: Span): string {
    return JSON.parse(decoder.decode(this.#json.subarray(start - 1, end + 1))) as string;
  }

  #textOrNull(): Span | undefined {
    return this.#takesWord(nullWord) ? undefined : this.#text();
  }

  #text(): Span {
    this.#expect(quote);
    const start = this.#at;
    const end = endOfPlainText(this.#json, start);
    if (end === undefined) throw notPlain;
    this.#at = end + 1;
    return { start, end };
  }

  #timeOrNull(): Date | undefined {
    return this.#takesWord(nullWord) ? undefined : this.#time();
  }

  #time(): Date {
    const isBefore1970 = this.#takes(minus);
    const start = this.#at;
    let time = 0;
    for (let digit = this.#digit(); digit >= 0 && digit <= 9; digit = this.#digit()) {
      time = time * 10 + digit;
      this.#at += 1;
    }
    if (this.#at === start) throw notPlain;
    return new Date(isBefore1970 ? -time : time);
  }

  #digit(): number {
    return (this.#json[this.#at] as number) - zero;
  }

  #takesWord(word: Uint8Array): boolean {
    for (let i = 0; i < word.length; i += 1) if (this.#json[this.#at + i] !== word[i]) return false;
    this.#at += word.length;
    return true;
  }

  #takes(byte: number): boolean {
    if (this.#json[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #expect(byte: number): void {
    if (!this.#takes(byte)) throw notPlain;
  }
}

function wordOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
