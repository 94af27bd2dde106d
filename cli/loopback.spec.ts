import { createHash } from 'node:crypto';
import { signInOnLoopback } from './loopback.ts';

describe('a sign-in on loopback', () => {
  const begin = (
    onBegin: (begin: URL, back: (query: Record<string, string>) => Promise<Response>) => unknown,
    signal = new AbortController().signal,
  ) =>
    signInOnLoopback({
      ...{
        server: 'http://mover.example',
        side: 'source',
        port: 0,
        signal,
        parameters: { login_hint: 'ana@example.com' },
      },
      onAddress: (text) => {
        const address = new URL(text);
        const port = address.searchParams.get('loopback_port');
        void onBegin(address, (query) => fetch(`http://127.0.0.1:${port}/?${new URLSearchParams(query).toString()}`));
      },
    });

  it('gives the code, with the verifier of its challenge, and a page that sends nothing on', async () => {
    let challenge: string | null = null;
    let page: Promise<Response> | undefined;
    const result = await begin(({ origin, pathname, searchParams }, back) => {
      expect([origin, pathname, searchParams.get('login_hint')]).toEqual([
        'http://mover.example',
        '/auth/source',
        'ana@example.com',
      ]);
      challenge = searchParams.get('code_challenge');
      page = back({ type: 'source', code: 'abc', state: searchParams.get('client_state')! });
    });
    expect(result.code).toBe('abc');
    expect(createHash('sha256').update(result.codeVerifier).digest('base64url')).toBe(challenge);
    const { headers } = await page!;
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('ignores what belongs to another sign-in, and goes on', async () => {
    const statuses: number[] = [];
    const result = await begin(async ({ searchParams }, back) => {
      for (const state of ['', 'forged']) statuses.push((await back({ code: 'forged', state })).status);
      await back({ code: 'true', state: searchParams.get('client_state')! });
    });
    expect([result.code, statuses]).toEqual(['true', [404, 404]]);
  });

  it('says why it was refused', async () => {
    const result = begin(({ searchParams }, back) =>
      back({ type: 'source', error: 'access_denied', state: searchParams.get('client_state')! }),
    );
    await expect(result).rejects.toMatchObject({
      exitCode: 3,
      code: 'access_denied',
      message: /not allowed on Google’s page/,
    });
  });

  it('ends with Ctrl-C', async () => {
    const stop = new AbortController();
    await expect(begin(() => stop.abort(), stop.signal)).rejects.toThrow('stopped');
  });
});
