import { randomBytes } from 'node:crypto';
import { HeldBytes } from './held-bytes.js';

const BLOCK = 64 * 1024;

it.each([0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])('returns %d bytes unchanged', (size) => {
  const content = randomBytes(size);
  const held = new HeldBytes();
  for (let from = 0; from < size; from += 10_007) held.add(content.subarray(from, from + 10_007));
  expect(held.length).toBe(size);
  expect(Buffer.concat(held.parts).equals(content)).toBe(true);
});

it('accepts a part that is larger than a block', () => {
  const content = randomBytes(5 * BLOCK + 3);
  const held = new HeldBytes();
  held.add(content);
  expect(Buffer.concat(held.parts).equals(content)).toBe(true);
});

it('reuses memory once it is released, and not before', () => {
  const first = new HeldBytes();
  first.add(Buffer.from('first'));
  const [memory] = first.parts;
  const second = new HeldBytes();
  second.add(Buffer.from('second'));
  expect(memory!.toString()).toBe('first');
  first.release();
  expect(first.length).toBe(0);
  const third = new HeldBytes();
  third.add(Buffer.from('third'));
  expect(memory!.buffer).toBe(third.parts[0]!.buffer);
  expect(second.parts[0]!.toString()).toBe('second');
});
