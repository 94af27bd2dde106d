import { setImmediate } from 'node:timers/promises';
import { GoogleTransport, type GoogleResponse, originOf } from './google-transport.js';

it.each([
  ['https://www.googleapis.com', '/drive/v3/files/it', 'https://www.googleapis.com'],
  ['https://www.googleapis.com', '/v1/documents/it:batchUpdate', 'https://docs.googleapis.com'],
  ['https://www.googleapis.com', '/v4/spreadsheets/it', 'https://sheets.googleapis.com'],
  ['https://www.googleapis.com', '/v1/presentations/it', 'https://slides.googleapis.com'],
  ['https://www.googleapis.com', '/v1/forms/it', 'https://forms.googleapis.com'],
  ['http://127.0.0.1:4010', '/v1/documents/it', 'http://127.0.0.1:4010'],
])('of the API %s, the origin of %s is %s', (apiRoot, path, expected) => {
  expect(originOf(new URL(apiRoot), path)).toBe(expected);
});

describe('large bodies', () => {
  const MB = 1024 * 1024;
  const transport = new GoogleTransport({
    apiRoot: 'http://127.0.0.1:1',
    exportOrigin: undefined,
    totalTimeoutMs: Infinity,
    timeoutMs: 60_000,
  });
  afterAll(() => transport.close());

  /** A body in two parts, of which the second one comes when the test allows it. */
  function bodyOf(firstBytes: number) {
    const second = Promise.withResolvers<Buffer>();
    const pulled: number[] = [];
    async function* parts() {
      pulled.push(1);
      yield Buffer.alloc(firstBytes);
      pulled.push(2);
      yield await second.promise;
    }
    const body = parts() as unknown as GoogleResponse['body'];
    return { body, pulled, end: () => second.resolve(Buffer.alloc(1)), fail: () => second.reject(new Error('broken')) };
  }
  const read = (body: GoogleResponse['body']) =>
    transport.bytesOf({ body }, { bytes: 32 * MB, depth: 1, parts: 1 }).then(({ length }) => length);

  it('are read one after the other, while small ones are read at once', async () => {
    const [first, second, third, small] = [bodyOf(9 * MB), bodyOf(9 * MB), bodyOf(9 * MB), bodyOf(MB)];
    const reads = [first, second, third].map(({ body }) => read(body));
    small.end();
    expect(await read(small.body)).toBe(MB + 1);
    await setImmediate();
    expect([first, second, third].map(({ pulled }) => pulled)).toEqual([[1, 2], [1], [1]]);
    first.fail();
    await expect(reads[0]).rejects.toThrow('broken');
    await setImmediate();
    expect([second, third].map(({ pulled }) => pulled)).toEqual([[1, 2], [1]]);
    second.end();
    third.end();
    expect(await Promise.all(reads.slice(1))).toEqual([9 * MB + 1, 9 * MB + 1]);
  });
});
