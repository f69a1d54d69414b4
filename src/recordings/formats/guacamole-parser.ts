// The instructions of Guacamole's protocol, out of text that comes in pieces. Browsers use it too: nothing of Node here.

const elementsMax = 1024;
const instructionCharactersMax = 16 * 1024 * 1024;

/** One instruction: its opcode and its arguments. */
export type GuacamoleInstruction = [opcode: string, ...args: string[]];

/** Takes text and gives instructions; what was cut off waits for more. */
export class GuacamoleParser {
  /** Why no more can be understood. What comes before it was given. */
  fault: string | undefined;
  #text = '';

  /** The instructions that this text completes. */
  *take(piece: string): Generator<GuacamoleInstruction> {
    if (this.fault !== undefined) return;
    this.#text += piece;
    let at = 0;
    for (;;) {
      const found = instructionAt(this.#text, at);
      if (found === 'damaged') this.fault = 'it has an instruction that is none';
      if (found === undefined || found === 'damaged') break;
      yield found.instruction;
      at = found.end;
    }
    this.#text = this.#text.slice(at);
    if (this.#text.length > instructionCharactersMax) this.fault = 'it has an instruction without an end';
  }
}

// Undefined when there is more to come.
function instructionAt(
  text: string,
  start: number,
): { instruction: GuacamoleInstruction; end: number } | 'damaged' | undefined {
  const elements: string[] = [];
  let at = start;
  while (/\s/.test(text[at] ?? '')) at += 1;
  while (at < text.length) {
    const dot = text.indexOf('.', at);
    const digits = text.slice(at, dot < 0 ? Math.min(text.length, at + 9) : dot);
    if (!/^\d{0,8}$/.test(digits) || (dot >= 0 && digits === '')) return 'damaged';
    if (dot < 0) return undefined;
    const end = endOf(text, dot + 1, Number(digits));
    if (end === undefined) return undefined;
    elements.push(text.slice(dot + 1, end));
    if (text[end] === ';') return { instruction: elements as GuacamoleInstruction, end: end + 1 };
    if (text[end] !== ',' || elements.length >= elementsMax) return text[end] === undefined ? undefined : 'damaged';
    at = end + 1;
  }
  return undefined;
}

// Lengths count characters, and JavaScript counts some of them twice.
function endOf(text: string, start: number, characters: number): number | undefined {
  const plain = text.slice(start, start + characters);
  if (plain.length < characters) return undefined;
  if (!/[\ud800-\udbff]/.test(plain)) return start + characters;
  let at = start;
  for (let left = characters; left > 0; left -= 1) {
    const code = text.codePointAt(at);
    if (code === undefined) return undefined;
    at += code > 0xffff ? 2 : 1;
  }
  return at > text.length ? undefined : at;
}

/** What a pressed key writes: X11 keysyms of Latin letters are their characters, of others 0x01000000 more. */
export function keyText(keysym: number): string {
  if (keysym === 0xff0d || keysym === 0xff8d) return '\r';
  if (keysym === 0xff08) return '\u007f';
  if (keysym === 0xff09) return '\t';
  if (keysym >= 0x20 && keysym <= 0xff) return String.fromCodePoint(keysym);
  const code = keysym - 0x0100_0000;
  return code >= 0x100 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}
