import { createHash } from 'node:crypto';
import { Content } from './content.ts';

describe('generated content', () => {
  const STEP = 128 * 1024;
  it.each([0, 1, 31, 32, 33, STEP, STEP + 31, STEP + 32, STEP + 33, 3 * STEP + 7, 1_048_583 * 2 + 40])(
    'of %d bytes has the checksums of its bytes',
    async (size) => {
      for (const seed of ['a', 'b']) {
        const content = Content.made(seed, size);
        await content.digest(['md5', 'sha1', 'sha256']);
        const bytes = await content.bytes();
        expect(bytes.length).toBe(size);
        for (const algorithm of ['md5', 'sha1', 'sha256'] as const)
          expect(content.digested(algorithm)).toBe(createHash(algorithm).update(bytes).digest('hex'));
        const middle = Math.floor(size / 2);
        const parts = [...(await content.read(0, middle).toArray()), ...(await content.read(middle, size).toArray())];
        expect(Buffer.concat(parts as Buffer[]).equals(bytes)).toBe(true);
      }
    },
  );

  it('differs between seeds and between chunks', async () => {
    const [a, b] = await Promise.all(['a', 'b'].map((seed) => Content.made(seed, 4 * STEP).bytes()));
    expect(a?.equals(b ?? Buffer.alloc(0))).toBe(false);
    const chunks = [0, 1, 2, 3].map((i) => a?.subarray(i * STEP, (i + 1) * STEP).toString('base64'));
    expect(new Set(chunks).size).toBe(4);
  });

  it('computes many checksums at once without reading all bytes', async () => {
    const before = process.cpuUsage();
    const all = Array.from({ length: 200 }, (_, i) => Content.made(`${i}`, 50_000_000 + i));
    await Promise.all(all.map((content) => content.digest(['md5'])));
    // Ten gigabytes; reading them would take most of a minute of processor time.
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(10_000_000);
    expect(new Set(all.map((content) => content.digested('md5'))).size).toBe(200);
  });
});
