import { text } from 'node:stream/consumers';
import { downloadOf } from './downloads.js';

const LINE = `${'x'.repeat(99)}\n`;

it('writes many lines together, and lets other work be done in between', async () => {
  let others = 0;
  let isOver = false;
  const otherWork = () => {
    others++;
    if (!isOver) setImmediate(otherWork);
  };
  setImmediate(otherWork);
  async function* lines() {
    for (let line = 0; line < 10_000; line++) yield LINE;
  }
  const file = downloadOf(lines(), 'text/csv', 'a.csv');
  const stream = file.getStream();
  let chunks = 0;
  stream.on('data', () => chunks++);
  expect(await text(stream)).toBe(LINE.repeat(10_000));
  isOver = true;
  expect(chunks).toBeLessThan(100);
  expect(others).toBeGreaterThan(50);
  expect(file.getHeaders()).toMatchObject({
    type: 'text/csv; charset=utf-8',
    disposition: 'attachment; filename="a.csv"',
  });
});
