// Feeds XML to a handler piece by piece. There are no entities to expand: a DOCTYPE is refused.
import { SaxesParser } from 'saxes';
import { isFailure } from '../base/failure.ts';
import type { KdbxLimits } from './limits.ts';
import { damaged, overLimit } from './refusals.ts';

/** Attributes of an element by name. */
export type XmlAttributes = Readonly<Record<string, string>>;

/** What a reader of XML is told. `text` is what stood between the last tag and this closing one. */
export interface XmlHandler {
  open(name: string, attributes: XmlAttributes): void;
  close(name: string, text: string): void;
}

/** A parser in progress. Throws `kdbx.damaged` for anything that is not well-formed, `kdbx.over-limit` for too much. */
export class XmlReader {
  readonly #parser = new SaxesParser({ position: false });
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #limits: KdbxLimits;
  #total = 0;
  #sinceTag = 0;

  constructor(handler: XmlHandler, limits: KdbxLimits) {
    this.#limits = limits;
    let text = '';
    let depth = 0;
    this.#parser.on('opentag', (tag) => {
      depth += 1;
      if (depth > limits.xmlDepth) throw overLimit(`elements nested deeper than ${limits.xmlDepth}`);
      text = '';
      handler.open(tag.name, tag.attributes as XmlAttributes);
    });
    this.#parser.on('text', (part) => (text += part));
    this.#parser.on('cdata', (part) => (text += part));
    this.#parser.on('closetag', (tag) => {
      depth -= 1;
      handler.close(tag.name, text);
      text = '';
    });
    this.#parser.on('doctype', () => {
      throw damaged('its XML declares a document type, which KeePass never writes');
    });
    this.#parser.on('error', (error) => {
      throw error;
    });
  }

  write(piece: Uint8Array): void {
    this.#total += piece.length;
    if (this.#total > this.#limits.xml) throw overLimit(`more than ${this.#limits.xml} bytes of XML`);
    const lastTag = piece.lastIndexOf(0x3c);
    this.#sinceTag = lastTag === -1 ? this.#sinceTag + piece.length : piece.length - lastTag;
    if (this.#sinceTag > this.#limits.xmlPiece) throw overLimit(`a text longer than ${this.#limits.xmlPiece} bytes`);
    this.#parse(() => this.#parser.write(this.#decoder.decode(piece, { stream: true })));
  }

  end(): void {
    this.#parse(() => {
      this.#parser.write(this.#decoder.decode());
      this.#parser.close();
    });
  }

  #parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (isFailure(error)) throw error;
      // The parser's own words quote the document, and so perhaps a secret: they stay out of the message and the cause.
      throw damaged('its XML is not well-formed');
    }
  }
}
