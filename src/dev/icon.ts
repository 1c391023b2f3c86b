/** The icon of the bundle, drawn here: a white key on a green tile. */
import { crc32, deflateSync } from 'node:zlib';

/** What Claude Desktop's tool recommends, in pixels. */
const size = 512;

/** Points in a pixel's width and height that are looked at, for smooth edges. */
const samples = 4;

type Colour = readonly [red: number, green: number, blue: number];

const green: Colour = [15, 118, 110];
const white: Colour = [255, 255, 255];

const inBox = (x: number, y: number, left: number, top: number, right: number, bottom: number) =>
  x >= left && x <= right && y >= top && y <= bottom;

const corner = 112;

/** The middle of the nearest corner, in one direction; the point itself between two of them. */
const towardsCorner = (at: number): number => Math.min(Math.max(at, corner), size - corner);

const within = (x: number, y: number, radius: number): boolean => x * x + y * y <= radius * radius;

const inTile = (x: number, y: number): boolean =>
  within(x - towardsCorner(x), y - towardsCorner(y), corner);

const inKey = (x: number, y: number): boolean =>
  (within(x - 176, y - 256, 92) && !within(x - 176, y - 256, 46)) ||
  inBox(x, y, 260, 234, 428, 278) ||
  inBox(x, y, 330, 270, 366, 326) ||
  inBox(x, y, 392, 270, 428, 340);

/** The row's pixels: red, green, blue and alpha, by how much of each lies in the key and how much in the tile around it. */
function drawRow(row: number): Buffer {
  const pixels = Buffer.alloc(size * 4);
  for (let column = 0; column < size; column += 1) {
    let key = 0;
    let tile = 0;
    for (let step = 0; step < samples * samples; step += 1) {
      const x = column + ((step % samples) + 0.5) / samples;
      const y = row + (Math.floor(step / samples) + 0.5) / samples;
      if (inKey(x, y)) {
        key += 1;
      } else if (inTile(x, y)) {
        tile += 1;
      }
    }
    const inside = key + tile;
    for (const part of [0, 1, 2] as const) {
      pixels[column * 4 + part] =
        inside === 0 ? 0 : Math.round((white[part] * key + green[part] * tile) / inside);
    }
    pixels[column * 4 + 3] = Math.round((inside / (samples * samples)) * 255);
  }
  return pixels;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG of 512 by 512 pixels with an alpha channel. */
export function icon(): Buffer {
  // Each row is led by the filter that it uses: none.
  const rows = Array.from({ length: size }, (_, row) => [Buffer.from([0]), drawRow(row)]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits for each of red, green, blue and alpha.
  header.set([8, 6], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows.flat()), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
