import { crc32, deflateSync } from 'node:zlib';

/** Colours of a generated landscape, each `[red, green, blue]`. */
export interface Landscape {
  skyTop: Color;
  skyBottom: Color;
  ground: Color;
  sun: Color;
  /** Position as a share of the picture's width and height, 0 to 1. */
  sunAt: [number, number];
  horizon: number;
  /** Determines the shape of the hills. */
  seed: number;
}

// Jest runs tests in a context in which global look-ups are slow, so not one for each pixel.
const { sin, round, PI } = Math;

type Color = [number, number, number];

/** A real PNG (RFC 2083): a sky, a sun and hills. The same landscape gives the same bytes. */
export function paint(landscape: Landscape, width: number, height: number): Buffer {
  const { skyTop, skyBottom, ground, sun, sunAt, horizon, seed } = landscape;
  const rows = Buffer.alloc(height * (1 + width * 3));
  const sunX = sunAt[0] * width;
  const sunY = sunAt[1] * height;
  const sunSize = height * 0.09;
  const hills = Array.from(
    { length: width },
    (_, x) => horizon * height + sin((x / width) * 6 + seed) * height * 0.05 + sin(x / 17 + seed * 3) * 3,
  );
  for (let y = 0; y < height; y++) {
    // Each row begins with its filter; 0 means none.
    let at = y * (1 + width * 3) + 1;
    const sky = mix(skyTop, skyBottom, y / (horizon * height));
    for (const [x, hill] of hills.entries()) {
      let color = sky;
      if ((x - sunX) ** 2 + (y - sunY) ** 2 < sunSize ** 2) color = sun;
      if (y > hill) color = mix(ground, [20, 24, 28], (y - hill) / height);
      rows[at++] = color[0];
      rows[at++] = color[1];
      rows[at++] = color[2];
    }
  }
  return png(rows, width, height);
}

/** A white PNG. */
export function blankPng(width: number, height: number): Buffer {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 255)]);
  return png(Buffer.concat(Array.from({ length: height }, () => row)), width, height);
}

/**
 * A white grey-scale JPEG (ITU-T T.81, baseline). Width and height must be multiples of eight, the side of a block. The
 * first block is white, the others are encoded as equal to the previous one.
 */
export function blankJpeg(width: number, height: number): Buffer {
  const segment = (marker: number, bytes: readonly number[]): Buffer =>
    Buffer.from([0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 0xff, ...bytes]);
  const none = (count: number): number[] => Array<number>(count).fill(0);
  // Huffman codes: DC "0" for no difference, "10" for a difference of seven bits; AC "0" for the end of a block.
  const blocks = (width / 8) * (height / 8);
  const data = Buffer.alloc(Math.ceil((10 + 2 * (blocks - 1)) / 8));
  // 10, 1111111 (8 × 127 is white), 0; then 0 0 for each further block.
  data.set([0b10111111, 0b10000000]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array<number>(64).fill(8)]),
    segment(0xc0, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, 1, 1, ...none(14), 0, 7]),
    segment(0xc4, [0x10, 1, ...none(15), 0]),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    data,
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** Encodes rows of three bytes per pixel, each of which begins with the number of its filter. */
function png(rows: Buffer, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, true colour, the only defined compression and filter method, no interlacing.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function mix(a: Color, b: Color, share: number): Color {
  const part = share < 0 ? 0 : share > 1 ? 1 : share;
  const between = (from: number, to: number): number => round(from + (to - from) * part);
  return [between(a[0], b[0]), between(a[1], b[1]), between(a[2], b[2])];
}

/** A real WAV file: a second of a plain tone, 8 kHz, 8 bits, mono. `pitch` in hertz. */
export function tone(pitch: number, seconds: number): Buffer {
  const rate = 8000;
  const samples = Buffer.alloc(rate * seconds);
  for (let i = 0; i < samples.length; i++)
    samples[i] = 128 + round(90 * sin((2 * PI * pitch * i) / rate) * (1 - i / samples.length));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
