// A recorded desktop that is drawn in memory: frames go in, a picture comes out. It can be kept as it is and brought back, which
// is how a jump does not begin at the beginning.
import type { DesktopDrawing, DesktopFrame } from '../../src/recordings/replay/desktop-frames.ts';
import { DesktopLayer, nowhere } from './desktop-layer.ts';

const layersMax = 1024;
const pixelsMax = 200_000_000;

/** Everything there is to a desktop at one moment. */
export interface DesktopMoment {
  layers: ReadonlyMap<number, DesktopLayer>;
  cursor: DesktopLayer;
  hotspot: [number, number];
  pointer: [number, number] | undefined;
  /** What it takes, in bytes. */
  bytes: number;
}

/** A frame whose images are being opened, side by side; they are drawn in their order. */
export interface OpeningFrame extends DesktopFrame {
  images: (Promise<ImageBitmap | undefined> | undefined)[];
}

/** Begins to open the images of a frame. */
export function openFrame(frame: DesktopFrame): OpeningFrame {
  const images = frame.drawings.map((drawing) => (drawing.type === 'image' ? openImage(drawing.bytes) : undefined));
  return { ...frame, images };
}

/** The desktop. Layer 0 is the whole of it, those above lie on it, those below 0 are buffers that nobody sees. */
export class DesktopScreen {
  /** Grows with everything that is drawn: whoever shows it need not draw what did not change. */
  changes = 0;
  #layers = new Map<number, DesktopLayer>([[0, new DesktopLayer(false)]]);
  #cursor = new DesktopLayer(false);
  #hotspot: [number, number] = [0, 0];
  #pointer: [number, number] | undefined;

  get width(): number {
    return this.#layer(0).width;
  }

  get height(): number {
    return this.#layer(0).height;
  }

  /** Draws a frame; settles when all of it is drawn. @throws Error when a recording asks for more than a page can give */
  async apply({ drawings, images }: OpeningFrame): Promise<void> {
    for (const [index, drawing] of drawings.entries()) {
      if (drawing.type === 'instruction') this.#instruct(drawing);
      else {
        const image = await images[index];
        if (image === undefined) continue;
        this.#layer(drawing.layer).image(drawing.mask, drawing.x, drawing.y, image);
        image.close();
      }
    }
    this.changes += 1;
    if (pixelsOf(this.#layers) > pixelsMax) throw new Error('its pictures are too large for this page');
  }

  /** Puts the picture onto a canvas of the same size. */
  draw(context: CanvasRenderingContext2D): void {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.#compose(context, 0, 1);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    if (this.#pointer === undefined || this.#cursor.width === 0 || this.#cursor.height === 0) return;
    context.drawImage(this.#cursor.canvas, this.#pointer[0] - this.#hotspot[0], this.#pointer[1] - this.#hotspot[1]);
  }

  /** The desktop as it is; undefined while something is under way that a picture does not tell. */
  keep(): DesktopMoment | undefined {
    const layers = new Map<number, DesktopLayer>();
    for (const [index, layer] of this.#layers) {
      if (!layer.isPlain) return undefined;
      layers.set(index, layer.copy());
    }
    const bytes = (pixelsOf(layers) + this.#cursor.width * this.#cursor.height) * 4;
    return { layers, cursor: this.#cursor.copy(), hotspot: this.#hotspot, pointer: this.#pointer, bytes };
  }

  /** Brings a moment back, or an empty desktop. */
  restore(moment?: DesktopMoment): void {
    this.#layers = new Map([...(moment?.layers ?? [])].map(([index, layer]) => [index, layer.copy()]));
    if (moment === undefined) this.#layers.set(0, new DesktopLayer(false));
    this.#cursor = moment?.cursor.copy() ?? new DesktopLayer(false);
    this.#hotspot = moment?.hotspot ?? [0, 0];
    this.#pointer = moment?.pointer;
    this.changes += 1;
  }

  #layer(index = 0): DesktopLayer {
    const found = this.#layers.get(index);
    if (found !== undefined) return found;
    if (this.#layers.size >= layersMax) throw new Error('it has too many layers for this page');
    const made =
      index < 0
        ? new DesktopLayer(true)
        : new DesktopLayer(false, this.#layers.get(0)?.width, this.#layers.get(0)?.height);
    this.#layers.set(index, made);
    return made;
  }

  #instruct({ opcode, numbers }: Extract<DesktopDrawing, { type: 'instruction' }>): void {
    // Those that tell the mask first, those with two layers, and the rest, whose first number is their layer.
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = numbers;
    const box = { x: b, y: c, width: d, height: e };
    if (opcode === 'cfill') this.#layer(b).fill(a, colorOf(c, d, e, f));
    else if (opcode === 'lfill') this.#layer(b).fill(a, this.#layer(c));
    else if (opcode === 'cstroke') this.#layer(b).stroke(a, [c, d, e], colorOf(f, g, h, i));
    else if (opcode === 'lstroke') this.#layer(b).stroke(a, [c, d, e], this.#layer(f));
    else if (opcode === 'copy') this.#layer(g).copyFrom(this.#layer(a), box, f, h, i);
    else if (opcode === 'transfer') this.#layer(g).transferFrom(this.#layer(a), box, f, h, i);
    else if (opcode === 'cursor') this.#setCursor([a, b], this.#layer(c), { x: d, y: e, width: f, height: g });
    else if (opcode === 'mouse') this.#pointer = [a, b];
    else if (opcode === 'dispose') this.#dispose(a);
    else if (opcode === 'move') this.#move(a, b, { x: c, y: d, z: e });
    else if (opcode === 'shade') this.#layer(a).place.opacity = b;
    else if (opcode === 'distort') this.#layer(a).place.matrix = [b, c, d, e, f, g];
    else if (opcode === 'size') this.#layer(a).resize(b, c);
    else if (opcode === 'rect') this.#layer(a).rectangle(b, c, d, e);
    else this.#path(this.#layer(a), opcode, numbers.slice(1));
  }

  #path(layer: DesktopLayer, opcode: string, [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: number[]): void {
    if (opcode === 'start') layer.start(a, b);
    else if (opcode === 'line') layer.line(a, b);
    else if (opcode === 'arc') layer.arc(a, b, c, d, e, f !== 0);
    else if (opcode === 'curve') layer.curve(a, b, c, d, e, f);
    else if (opcode === 'close') layer.closePath();
    else if (opcode === 'clip') layer.clip();
    else if (opcode === 'transform') layer.transform([a, b, c, d, e, f]);
    else if (opcode === 'identity') layer.transform(undefined);
    else if (opcode === 'push') layer.push();
    else if (opcode === 'pop') layer.pop();
    else if (opcode === 'reset') layer.reset();
  }

  #setCursor(hotspot: [number, number], source: DesktopLayer, from: Parameters<DesktopLayer['copyFrom']>[1]): void {
    this.#hotspot = hotspot;
    this.#cursor = new DesktopLayer(false, Math.min(512, from.width), Math.min(512, from.height));
    this.#cursor.copyFrom(source, from, 0xe, 0, 0);
  }

  #dispose(index: number): void {
    if (index === 0) return;
    this.#layers.delete(index);
    // What lay on it is nowhere, until it is moved.
    for (const { place } of this.#layers.values()) if (index > 0 && place.parent === index) place.parent = nowhere;
  }

  #move(index: number, parent: number, place: { x: number; y: number; z: number }): void {
    if (index <= 0 || parent < 0 || this.#isBelow(parent, index)) return;
    Object.assign(this.#layer(index).place, place, { parent });
  }

  // A layer that lay on itself would be drawn for ever.
  #isBelow(index: number, above: number): boolean {
    for (let at = index, steps = 0; at > 0 && steps <= layersMax; steps += 1) {
      if (at === above) return true;
      at = this.#layers.get(at)?.place.parent ?? 0;
    }
    return false;
  }

  #compose(context: CanvasRenderingContext2D, index: number, opacity: number): void {
    const layer = this.#layers.get(index);
    if (layer === undefined || layer.width === 0 || layer.height === 0) return;
    const { place } = layer;
    const alpha = opacity * (place.opacity / 255);
    context.save();
    context.translate(place.x, place.y);
    context.transform(...place.matrix);
    context.beginPath();
    context.rect(0, 0, layer.width, layer.height);
    context.clip();
    context.globalAlpha = alpha;
    context.drawImage(layer.canvas, 0, 0);
    const above = [...this.#layers].filter(
      ([
        other,
        {
          place: { parent },
        },
      ]) => other > 0 && other !== index && parent === index,
    );
    above.sort(([, one], [, other]) => one.place.z - other.place.z);
    for (const [other] of above) this.#compose(context, other, alpha);
    context.restore();
  }
}

function colorOf(red: number, green: number, blue: number, alpha: number): string {
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}

function pixelsOf(layers: ReadonlyMap<number, DesktopLayer>): number {
  let pixels = 0;
  for (const { width, height } of layers.values()) pixels += width * height;
  return pixels;
}

// An image that no browser can open is left out: the rest can still be seen.
async function openImage(bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap | undefined> {
  try {
    return await createImageBitmap(new Blob([bytes]));
  } catch {
    return undefined;
  }
}
