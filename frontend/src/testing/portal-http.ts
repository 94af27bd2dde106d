import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { sessionEndedInterceptor, sessionTokenInterceptor } from '../app/core/session-interceptors';
import { Side } from '../app/core/side';

/** The portal's HTTP client with its interceptors; the test provides the responses. */
export const portalHttp = () => [
  provideHttpClient(withInterceptors([sessionTokenInterceptor, sessionEndedInterceptor])),
  provideHttpClientTesting(),
];

export const network = (): HttpTestingController => TestBed.inject(HttpTestingController);

/** Stores the tokens of a signed-in browser. Call it before anything is rendered. */
export function storeTokens(...sides: Side[]): void {
  for (const side of sides) localStorage.setItem(`cloudmover.token.${side}`, `${side}-token`);
}

export const ACCOUNTS = {
  source: { email: 'ana@example.com', name: 'Ana Ruiz' },
  destination: { email: 'archive@example.com', name: 'Archive' },
};

/**
 * Answers the request that validates a side's token.
 * @param leftMs the time left of the session
 * @param readOnly whether the account is connected for reading only
 */
export async function confirmSession(side: Side, leftMs = 86_400_000, readOnly = false): Promise<void> {
  const header = side === 'source' ? 'X-Source-Token' : 'X-Destination-Token';
  network()
    .expectOne((request) => request.url === '/session/validate' && request.headers.has(header))
    .flush({
      valid: true,
      type: side,
      account: ACCOUNTS[side],
      readOnly,
      expiresAt: new Date(Date.now() + leftMs).toISOString(),
      expiresIn: leftMs / 1000,
    });
  await rest();
}

/** Runs the promises and effects that follow a response. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
  TestBed.tick();
}

/** Answers a request with a problem of the API. */
export function refuse(url: string, code: string, status: number, parts: Record<string, unknown> = {}): void {
  network()
    .expectOne((request) => request.url === url)
    .flush({ type: `/problems/${code}`, title: code, status, code, ...parts }, { status, statusText: code });
}
