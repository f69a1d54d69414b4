// Folds Guacamole's instructions into frames: what is to be drawn between two moments of the recording's clock, images put
// together from their pieces. Browsers use it: nothing of Node here, and nothing is drawn.
import { type GuacamoleInstruction, keyText } from '../formats/guacamole-parser.ts';
import type { TranscriptLine } from '../transcript/transcript.ts';

/** Something to draw: an instruction with its numbers, or an image. */
export type DesktopDrawing =
  | { type: 'instruction'; opcode: string; numbers: number[] }
  | { type: 'image'; mask: number; layer: number; x: number; y: number; bytes: Uint8Array<ArrayBuffer> };

/** Everything up to one `sync`, `atMs` after the first. */
export interface DesktopFrame {
  atMs: number;
  drawings: DesktopDrawing[];
  /** Bytes of its images and numbers: a measure of the work it is to draw them. */
  bytes: number;
}

const drawn = new Set(
  (
    'arc cfill clip close copy cstroke cursor curve dispose distort identity lfill line lstroke mouse move pop push rect ' +
    'reset shade size start transfer transform'
  ).split(' '),
);
// An image whose end was lost must not hold back the frames after it for ever.
const openFramesMax = 100;
const imageBytesMax = 64 * 1024 * 1024;

type Image = Extract<DesktopDrawing, { type: 'image' }>;

/** Collects instructions; `take` gives each frame when it is complete. */
export class DesktopFrames {
  /** Bytes of images and numbers that were given so far, for whoever has to stop. */
  bytes = 0;
  #drawings: DesktopDrawing[] = [];
  readonly #open = new Map<string, { image: Image; pieces: Uint8Array[]; size: number; frames: number }>();
  #startMs: number | undefined;
  #atMs = 0;
  #typed = '';
  #lines: TranscriptLine[] = [];

  /** The frame that this instruction completes. */
  take([opcode, ...args]: GuacamoleInstruction): DesktopFrame | undefined {
    if (opcode === 'sync') return this.#sync(Number(args[0]));
    if (opcode === 'img') this.#begin(args);
    else if (opcode === 'blob') this.#more(args);
    else if (opcode === 'end') this.#end(args[0] ?? '');
    else if (opcode === 'png' || opcode === 'jpeg') {
      const [mask, layer, x, y] = args.map(Number);
      const bytes = bytesOf(args[4] ?? '');
      this.#draw({ type: 'image', mask: mask ?? 0, layer: layer ?? 0, x: x ?? 0, y: y ?? 0, bytes });
    } else if (opcode === 'key') this.#key(args);
    else if (drawn.has(opcode)) this.#draw({ type: 'instruction', opcode, numbers: args.map(Number) });
    return undefined;
  }

  /** What was drawn after the last `sync`: a recording may have been cut off. */
  end(): DesktopFrame | undefined {
    if (this.#typed !== '') this.#enter();
    return this.#drawings.length === 0 ? undefined : this.#frame();
  }

  /** Lines that were typed since the last call, where keys were recorded. */
  takeLines(): TranscriptLine[] {
    return this.#lines.splice(0);
  }

  #sync(time: number): DesktopFrame | undefined {
    this.#startMs ??= time;
    if (time - this.#startMs > this.#atMs) this.#atMs = time - this.#startMs;
    for (const [index, open] of this.#open) {
      open.frames += 1;
      if (open.frames > openFramesMax) this.#open.delete(index);
    }
    // The order of what is drawn is that of the instructions: what comes after an image waits until it is whole.
    return this.#open.size > 0 ? undefined : this.#frame();
  }

  #frame(): DesktopFrame {
    const drawings = this.#drawings;
    this.#drawings = [];
    return { atMs: this.#atMs, drawings, bytes: drawings.reduce((sum, drawing) => sum + bytesIn(drawing), 0) };
  }

  #begin([index = '', mask, layer, , x, y]: string[]): void {
    const bytes = new Uint8Array();
    const image: Image = { type: 'image', mask: Number(mask), layer: Number(layer), x: Number(x), y: Number(y), bytes };
    this.#open.set(index, { image, pieces: [], size: 0, frames: 0 });
    this.#draw(image);
  }

  #more([index = '', data = '']: string[]): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    const piece = bytesOf(data);
    open.size += piece.length;
    if (open.size > imageBytesMax) this.#open.delete(index);
    else open.pieces.push(piece);
  }

  #end(index: string): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    const bytes = new Uint8Array(open.size);
    let at = 0;
    for (const piece of open.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    open.image.bytes = bytes;
    this.bytes += bytes.length;
  }

  #draw(drawing: DesktopDrawing): void {
    this.bytes += bytesIn(drawing);
    this.#drawings.push(drawing);
  }

  #key([keysym, pressed]: string[]): void {
    if (pressed !== '1') return;
    const text = keyText(Number(keysym));
    if (text === '\r') this.#enter();
    else if (text === '\u007f') this.#typed = [...this.#typed].slice(0, -1).join('');
    else if (text >= ' ' && this.#typed.length < 10_000) this.#typed += text;
  }

  #enter(): void {
    const text = this.#typed.trim();
    this.#typed = '';
    if (text === '') return;
    this.#lines.push({ atMs: this.#atMs, kind: 'typed', text }, { atMs: this.#atMs, kind: 'command', text });
  }
}

function bytesIn(drawing: DesktopDrawing): number {
  return drawing.type === 'image' ? drawing.bytes.length + 100 : 100;
}

// Browsers of 2025 and later do this themselves, ten times as fast.
const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };

// What is no base64 draws nothing.
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    if (fromBase64 !== undefined) return fromBase64(base64);
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    return bytes;
  } catch {
    return new Uint8Array();
  }
}
