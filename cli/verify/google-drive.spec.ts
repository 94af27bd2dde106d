import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { TestProgram } from '../testing/program.ts';
import { GoogleDrive } from './google-drive.ts';

const ROOT = 'http://google.test';

/** Google's responses, in order, with the signals of the requests. */
function google(...replies: ((signal: AbortSignal) => Response)[]) {
  const signals: AbortSignal[] = [];
  const last = replies.at(-1)!;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, { signal } = {}) => {
    signal!.throwIfAborted();
    signals.push(signal!);
    return (replies[signals.length - 1] ?? last)(signal!);
  });
  return signals;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A body that ends as `end` says after `text`, and with the request. */
const body = (signal: AbortSignal, text: string, end: (stream: ReadableStreamDefaultController) => void) =>
  new Response(
    new ReadableStream({
      start(stream) {
        signal.addEventListener('abort', () => stream.error(signal.reason));
        stream.enqueue(bytes(text));
      },
      pull: end,
    }),
  );

const lost = (signal: AbortSignal) =>
  body(signal, 'lost', (stream) =>
    stream.error(new TypeError('terminated', { cause: new Error('other side closed') })),
  );

const aDrive = () => new GoogleDrive('source', 'token', ROOT, { waitMs: 0 });

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('a download', () => {
  it('starts again after a lost connection', async () => {
    google(lost, lost, () => new Response('whole'));
    expect(await aDrive().digest('file')).toBe(sha256('whole'));
  });

  it('that is lost every time is an expected failure', async () => {
    const signals = google(lost);
    await expect(aDrive().digest('file')).rejects.toMatchObject({
      ...{ exitCode: 1, code: 'failed' },
      message: `The source cannot be read at ${ROOT}: other side closed. Try again.`,
    });
    expect(signals).toHaveLength(7);
  });

  it('of a deleted file has no bytes', async () => {
    google(() => new Response('{"error":{}}', { status: 404 }));
    expect(await aDrive().digest('file')).toBeUndefined();
  });

  describe('at a clock of its own', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      // The signal's own clock cannot be faked.
      jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
        const late = new AbortController();
        setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), ms);
        return late.signal;
      });
    });
    /** Until nothing more happens at this moment. */
    const settled = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    };

    it('may take as long as parts come', async () => {
      let stream: ReadableStreamDefaultController | undefined;
      google((signal) => body(signal, 'one', (controller) => void (stream = controller)));
      const digest = aDrive().digest('file');
      for (const part of ['two', 'three', 'four']) {
        await settled();
        jest.advanceTimersByTime(100_000);
        stream!.enqueue(bytes(part));
      }
      await settled();
      stream!.close();
      expect(await digest).toBe(sha256('onetwothreefour'));
    });

    it.each([
      ['within a body', (signal: AbortSignal) => body(signal, 'half', () => undefined)],
      ['before a response', undefined],
    ])('starts again after silence %s', async (_when, silent) => {
      const never = (signal: AbortSignal) =>
        new Promise((_done, stop) => signal.addEventListener('abort', () => stop(signal.reason as Error)));
      google((silent ?? never) as (signal: AbortSignal) => Response, () => new Response('whole'));
      const digest = aDrive().digest('file');
      await settled();
      jest.advanceTimersByTime(121_000);
      expect(await digest).toBe(sha256('whole'));
    });
  });
});

describe('cloudmover verify --google', () => {
  function aVerification() {
    const program = new TestProgram();
    const report = join(program.home, 'report.csv');
    writeFileSync(report, 'path,state,type,source_id,destination_id\na,verified,file,b,c\n');
    program.env = { ...program.env, SOURCE_ACCESS_TOKEN: 'one', DESTINATION_ACCESS_TOKEN: 'two' };
    return { program, verify: (...more: string[]) => program.run('verify', report, '--google', ROOT, ...more) };
  }
  const refusal = (status: number) => () => new Response('{"error":{}}', { status });

  it('ends at the first Ctrl-C, in a request', async () => {
    const { program, verify } = aVerification();
    google((signal) => {
      program.stop.abort();
      signal.throwIfAborted();
      return refusal(403)();
    });
    expect([await verify(), program.stdout + program.stderr]).toEqual([130, '']);
  });

  it('ends at the first Ctrl-C, while it waits for the next attempt', async () => {
    const { program, verify } = aVerification();
    const signals = google(() => {
      // After the response.
      setImmediate(() => program.stop.abort());
      return refusal(503)();
    }, refusal(403));
    expect([await verify(), signals.length]).toEqual([130, 1]);
  });

  it('exits with 3 and a code of its own if a token is not accepted, and names its variable', async () => {
    const { program, verify } = aVerification();
    google(refusal(401));
    expect(await verify('--json')).toBe(3);
    expect(program.lines).toEqual([
      expect.objectContaining({ type: 'error', code: 'access_token_refused', exitCode: 3, side: 'destination' }),
    ]);
    expect(await verify()).toBe(3);
    expect(program.stderr).toContain('DESTINATION_ACCESS_TOKEN');
  });

  it('names its own option if nothing responds', async () => {
    const { program, verify } = aVerification();
    google(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ENOTFOUND' }) });
    });
    expect(await verify()).toBe(1);
    expect(program.stderr).toBe(
      `Error: ${ROOT} cannot be reached (ENOTFOUND). Is there a network? A sandbox is named with --google URL.\n`,
    );
  });
});
