// One layer of a recorded desktop: a canvas of its own, drawn as Guacamole's protocol says
// (guacamole.apache.org/doc/gug/protocol-reference.html).

// Sides of a layer are at most so long: a recording must not take the memory of whoever watches.
const sideMax = 8192;

// Which pixels a drawing changes: the composite operations that the protocol's channel masks stand for.
const operations: Record<number, GlobalCompositeOperation> = {
  0x1: 'destination-in',
  0x2: 'destination-out',
  0x4: 'source-in',
  0x6: 'source-atop',
  0x8: 'source-out',
  0x9: 'destination-atop',
  0xa: 'xor',
  0xb: 'destination-over',
  0xc: 'copy',
  0xe: 'source-over',
  0xf: 'lighter',
};
const caps: CanvasLineCap[] = ['butt', 'round', 'square'];
const joins: CanvasLineJoin[] = ['bevel', 'miter', 'round'];

/** The parent of a layer that lies on none: it is not seen. */
export const nowhere = -1;

/** A place on a layer. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

// How a layer is drawn onto its parent.
interface LayerPlace {
  parent: number;
  x: number;
  y: number;
  z: number;
  /** 0 to 255. */
  opacity: number;
  matrix: [number, number, number, number, number, number];
}

type Context = OffscreenCanvasRenderingContext2D;

/** A layer, or (`grows`) a buffer that nobody sees and that is as large as what was drawn on it. */
export class DesktopLayer {
  readonly canvas: OffscreenCanvas;
  readonly grows: boolean;
  place: LayerPlace = { parent: 0, x: 0, y: 0, z: 0, opacity: 255, matrix: [1, 0, 0, 1, 0, 0] };
  #context: Context;
  #isPathClosed = true;
  // By a clip or a transformation, until it is reset.
  #isChanged = false;
  #saved = 0;

  constructor(grows: boolean, width = 0, height = 0) {
    this.grows = grows;
    this.canvas = new OffscreenCanvas(width, height);
    this.#context = contextOf(this.canvas);
    this.#context.save();
  }

  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  /** True when its picture and place are all there is to it: no path, no clip, no transformation is under way. */
  get isPlain(): boolean {
    return this.#isPathClosed && !this.#isChanged && this.#saved === 0;
  }

  /** What it shows, apart from what is drawn on it later. */
  copy(): DesktopLayer {
    const copy = new DesktopLayer(this.grows, this.width, this.height);
    copy.place = { ...this.place, matrix: [...this.place.matrix] };
    if (this.width > 0 && this.height > 0) copy.#context.drawImage(this.canvas, 0, 0);
    return copy;
  }

  resize(width: number, height: number): void {
    const [wide, high] = [side(width), side(height)];
    if (wide === this.width && high === this.height) return;
    const before = this.width > 0 && this.height > 0 ? this.copy().canvas : undefined;
    const operation = this.#context.globalCompositeOperation;
    this.canvas.width = wide;
    this.canvas.height = high;
    if (before !== undefined) this.#context.drawImage(before, 0, 0);
    this.#context.globalCompositeOperation = operation;
    this.#saved = 0;
    this.#isPathClosed = true;
    this.#isChanged = false;
    this.#context.save();
  }

  image(mask: number, x: number, y: number, image: ImageBitmap): void {
    this.#fit({ x, y, width: image.width, height: image.height });
    this.#mask(mask);
    this.#context.drawImage(image, x, y);
  }

  copyFrom(source: DesktopLayer, from: Rectangle, mask: number, x: number, y: number): void {
    const part = source.#within(from);
    if (part === undefined) return;
    this.#fit({ ...part, x, y });
    this.#mask(mask);
    this.#context.drawImage(source.canvas, part.x, part.y, part.width, part.height, x, y, part.width, part.height);
  }

  /** Combines pixels bit by bit; `code` is the truth table: bits for both, source only, destination only, neither. */
  transferFrom(source: DesktopLayer, from: Rectangle, code: number, x: number, y: number): void {
    const part = source.#within(from);
    if (part === undefined || code === 0x5) return;
    this.#fit({ ...part, x, y });
    const given = source.#context.getImageData(part.x, part.y, part.width, part.height);
    if (code === 0x3) return this.#context.putImageData(given, x, y);
    const result = this.#context.getImageData(x, y, part.width, part.height);
    const { data } = result;
    for (let at = 0; at < data.length; at += 1) {
      const [s, d] = [given.data[at] ?? 0, data[at] ?? 0];
      if (at % 4 === 3) {
        if (code === 0xc) data[at] = s;
        continue;
      }
      data[at] =
        (code & 1 ? s & d : 0) | (code & 2 ? s & ~d : 0) | (code & 4 ? ~s & d : 0) | (code & 8 ? ~s & ~d & 0xff : 0);
    }
    this.#context.putImageData(result, x, y);
  }

  fill(mask: number, style: string | DesktopLayer): void {
    this.#mask(mask);
    const paint = this.#paint(style);
    if (paint !== null) this.#context.fillStyle = paint;
    this.#context.fill();
    this.#endPath();
  }

  stroke(mask: number, [cap, join, thickness]: number[], style: string | DesktopLayer): void {
    this.#mask(mask);
    this.#context.lineCap = caps[cap ?? 0] ?? 'butt';
    this.#context.lineJoin = joins[join ?? 0] ?? 'bevel';
    this.#context.lineWidth = thickness ?? 1;
    const paint = this.#paint(style);
    if (paint !== null) this.#context.strokeStyle = paint;
    this.#context.stroke();
    this.#endPath();
  }

  rectangle(x: number, y: number, width: number, height: number): void {
    this.#fit({ x, y, width, height });
    this.#path().rect(x, y, width, height);
  }

  start(x: number, y: number): void {
    this.#fit({ x, y, width: 0, height: 0 });
    this.#path().moveTo(x, y);
  }

  line(x: number, y: number): void {
    this.#fit({ x, y, width: 0, height: 0 });
    this.#path().lineTo(x, y);
  }

  arc(x: number, y: number, radius: number, from: number, to: number, isBackwards: boolean): void {
    this.#fit({ x, y, width: 0, height: 0 });
    if (radius >= 0) this.#path().arc(x, y, radius, from, to, isBackwards);
  }

  curve(firstX: number, firstY: number, secondX: number, secondY: number, x: number, y: number): void {
    this.#fit({ x, y, width: 0, height: 0 });
    this.#path().bezierCurveTo(firstX, firstY, secondX, secondY, x, y);
  }

  closePath(): void {
    this.#context.closePath();
    this.#isPathClosed = true;
  }

  clip(): void {
    this.#context.clip();
    this.#endPath();
    this.#isChanged = true;
  }

  transform(matrix: number[] | undefined): void {
    const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = matrix ?? [];
    if (matrix === undefined) this.#context.setTransform(1, 0, 0, 1, 0, 0);
    else this.#context.transform(a, b, c, d, e, f);
    this.#isChanged = true;
  }

  push(): void {
    this.#context.save();
    this.#saved += 1;
  }

  pop(): void {
    if (this.#saved === 0) return;
    this.#context.restore();
    this.#saved -= 1;
  }

  reset(): void {
    for (; this.#saved > 0; this.#saved -= 1) this.#context.restore();
    this.#context.restore();
    this.#context.save();
    this.#context.beginPath();
    this.#isPathClosed = true;
    this.#isChanged = false;
  }

  #path(): Context {
    if (this.#isPathClosed) this.#context.beginPath();
    this.#isPathClosed = false;
    return this.#context;
  }

  #endPath(): void {
    this.#isPathClosed = true;
  }

  #mask(mask: number): void {
    const operation = operations[mask];
    if (operation !== undefined) this.#context.globalCompositeOperation = operation;
  }

  #paint(style: string | DesktopLayer): string | CanvasPattern | null {
    if (typeof style === 'string') return style;
    return style.width === 0 || style.height === 0 ? null : this.#context.createPattern(style.canvas, 'repeat');
  }

  #within({ x, y, width, height }: Rectangle): Rectangle | undefined {
    const part = { x, y, width: Math.min(width, this.width - x), height: Math.min(height, this.height - y) };
    return part.width > 0 && part.height > 0 ? part : undefined;
  }

  #fit({ x, y, width, height }: Rectangle): void {
    if (this.grows) this.resize(Math.max(this.width, x + width), Math.max(this.height, y + height));
  }
}

function side(length: number): number {
  return Math.max(0, Math.min(sideMax, Math.floor(length) || 0));
}

// Pixels are read back all the time: a canvas in the processor's memory is quicker for that, and the same everywhere.
function contextOf(canvas: OffscreenCanvas): Context {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser draws no pictures');
  return context;
}
