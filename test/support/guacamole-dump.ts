// Dumps of Guacamole's protocol as tests need them, and what Apache's own client draws of them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** One instruction as it is written. */
export function instruction(...elements: (string | number)[]): string {
  return `${elements.map((element) => `${[...String(element)].length}.${element}`).join(',')};`;
}

/** Keys that write a line. */
export function typedLine(text: string): string {
  const keys = [...text].map((letter) => letter.codePointAt(0) ?? 0);
  return [...keys, 0xff0d].map((key) => instruction('key', key, 1) + instruction('key', key, 0)).join('');
}

/** A PNG whose pixels are what `colorAt` says: red, green, blue, alpha. */
export function png(width: number, height: number, colorAt: (x: number, y: number) => number[]): Buffer {
  const rows = Buffer.concat(
    Array.from({ length: height }, (_, y) =>
      Buffer.from([0, ...Array.from({ length: width }, (_, x) => colorAt(x, y)).flat()]),
    ),
  );
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** An image as a stream, cut into blobs. */
export function image(
  stream: number,
  { mask = 14, layer = 0, x = 0, y = 0, type = 'image/png' },
  bytes: Buffer,
  cut = 100,
): string {
  const blobs: string[] = [];
  for (let at = 0; at < bytes.length; at += cut)
    blobs.push(instruction('blob', stream, bytes.subarray(at, at + cut).toString('base64')));
  return instruction('img', stream, mask, layer, type, x, y) + blobs.join('') + instruction('end', stream);
}

/** What Apache's client (guacamole-common-js) shows at the `sync` of each of these moments: red, green, blue and alpha of every pixel. */
export async function drawnByApache(page: Page, dump: string, moments: number[]): Promise<number[][]> {
  const require = createRequire(import.meta.url);
  const client = require.resolve('guacamole-common-js');
  await page.evaluate(`{ const module = {}; ${readFileSync(client, 'utf8')}; window.Guacamole = module.exports; }`);
  return await page.evaluate<number[][]>(`(async () => {
    const tunnel = new Guacamole.Tunnel();
    tunnel.connect = tunnel.sendMessage = tunnel.disconnect = () => {};
    const client = new Guacamole.Client(tunnel);
    client.connect();
    const parser = new Guacamole.Parser();
    const pictures = [];
    const given = [];
    parser.oninstruction = (opcode, parameters) => given.push([opcode, [...parameters]]);
    parser.receive(${JSON.stringify(dump)});
    const start = Number(given.find(([opcode]) => opcode === 'sync')[1][0]);
    for (const [opcode, parameters] of given) {
      tunnel.oninstruction(opcode, parameters);
      if (opcode !== 'sync' || !${JSON.stringify(moments)}.includes(Number(parameters[0]) - start)) continue;
      await new Promise((resolve) => client.getDisplay().flush(resolve));
      const { width, height } = client.getDisplay().flatten();
      const picture = client.getDisplay().flatten().getContext('2d').getImageData(0, 0, width, height);
      pictures.push([...picture.data]);
    }
    return pictures;
  })()`);
}
