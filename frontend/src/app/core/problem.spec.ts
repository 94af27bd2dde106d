import { HttpErrorResponse } from '@angular/common/http';
import { PROBLEM_CODE } from '../api/models/problem-code-array';
import { explain, toProblem } from './problem';

it('reads a problem of the API, also from text', () => {
  const body = { code: 'not_found', title: 'Not found', side: 'source', traceId: 'abc' };
  const expected = { code: 'not_found', title: 'Not found', side: 'source', traceId: 'abc', status: 404 };
  expect(toProblem(new HttpErrorResponse({ status: 404, error: body }))).toMatchObject(expected);
  expect(toProblem(new HttpErrorResponse({ status: 404, error: JSON.stringify(body) }))).toMatchObject(expected);
});

it('distinguishes a failed connection from an unreadable response', () => {
  expect(toProblem(new HttpErrorResponse({ status: 0 })).code).toBe('unreachable');
  expect(toProblem(new HttpErrorResponse({ status: 502, error: '<html>Bad gateway</html>' })).code).toBe('internal');
  expect(toProblem(new TypeError('x')).code).toBe('internal');
});

it('ignores an invalid side', () => {
  expect(toProblem(new HttpErrorResponse({ status: 401, error: { code: 'x', side: 'middle' } })).side).toBeUndefined();
});

it('names the side; that of the problem takes precedence over that of the page', () => {
  const problem = { code: 'session_expired', title: '', status: 401 };
  expect(explain(problem, { side: 'source' }).text).toBe('Your source sign-in ended. Your selection is kept.');
  expect(explain({ ...problem, side: 'destination' }, { side: 'source' }).text).toContain('Your destination sign-in');
});

it('shows the API’s own text for an unknown code', () => {
  expect(explain({ code: 'brand_new', title: 'Something new', status: 400 })).toEqual({
    text: 'Something new',
    remedy: 'try_again',
    known: false,
  });
});

it('states the trace ID of an internal problem', () => {
  expect(explain({ code: 'internal', title: '', status: 500, traceId: '01J9' }).text).toContain('Reference: 01J9.');
});

it('has its own text for every API code that can appear on a page', () => {
  const others = [
    // about the form of a request, which people do not write
    'invalid_request',
    'query_token_refused',
    'request_timeout',
    'headers_too_large',
    'address_too_long',
    'token_conflict',
    'route_not_found',
    'idempotency_conflict',
    'idempotency_in_progress',
    'body_too_large',
    'expectation_failed',
    'unsupported_media_type',
    // for programs that open a session without a browser
    'refresh_token_rejected',
    'service_account_rejected',
    // for Prometheus
    'metrics_key_refused',
    // of single items, whose texts the API provides
    'cannot_copy',
    'sharing_refused',
    'id_taken',
    'not_transferred',
    'ambiguous_write',
  ];
  const unexplained = PROBLEM_CODE.filter((code) => !explain({ code, title: '', status: 400 }).known);
  expect(unexplained.filter((code) => !others.includes(code))).toEqual([]);
});
