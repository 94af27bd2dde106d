import { itemCodeOf } from '../../engine/model/reasons.js';
import { driveErrorOf, refusalOf } from './google-errors.js';

const bodyOf = (reason: unknown, message: unknown = 'Why.') =>
  JSON.stringify({ error: { code: 403, message, errors: [{ domain: 'global', reason }] } });
const refused = (status: number, body: string) => driveErrorOf(refusalOf(status, body));

it('gives an undocumented reason of Google’s a code with a sentence, and quotes it', () => {
  const error = refused(403, bodyOf('teapotsOnly'));
  expect(error.code).toBe('google_refused');
  expect(error.message).toBe('Google refused the request. Its reason: teapotsOnly. Try again later.');
});

it('reads the reason of the newer format of errors: that of ErrorInfo, otherwise the status', () => {
  const type = 'type.googleapis.com/google.rpc.';
  const details = [{ '@type': `${type}Help` }, { '@type': `${type}ErrorInfo`, reason: 'SERVICE_DISABLED' }];
  const bodyWith = (more: object) =>
    JSON.stringify({ error: { code: 403, message: 'Why.', status: 'PERMISSION_DENIED', ...more } });
  expect(refusalOf(403, bodyWith({ details })).reason).toBe('SERVICE_DISABLED');
  expect(refusalOf(403, bodyWith({})).reason).toBe('PERMISSION_DENIED');
  expect(refusalOf(403, bodyWith({ details: [null, 7, { reason: 7 }] })).reason).toBe('PERMISSION_DENIED');
  expect(refusalOf(403, bodyWith({ details, errors: [{ reason: 'accessNotConfigured' }] })).reason).toBe(
    'accessNotConfigured',
  );
});

it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'takes no property of every object for a known reason: %s',
  (reason) => {
    expect(refused(403, bodyOf(reason)).code).toBe('google_refused');
    expect(itemCodeOf(reason)).toBe('internal');
  },
);

it.each([
  'null',
  '[]',
  '7',
  '"text"',
  '{"error":null}',
  '{"error":[]}',
  '{"error":{"errors":null}}',
  '{"error":{"errors":[null]}}',
  '{"error":{"errors":{"length":-1}}}',
  bodyOf(7, { not: 'text' }),
  bodyOf(['x'], ['y']),
  '{"error":7,"error_description":{}}',
  '<html>proxy</html>',
  '',
])('turns any error body into an error: %s', (body) => {
  expect(refused(500, body)).toMatchObject({ code: 'google_unavailable' });
  expect(refused(404, body)).toMatchObject({ code: 'not_found' });
  expect(refused(403, body)).toMatchObject({ code: 'google_refused' });
});

it('truncates a reason to the length that a report allows', () => {
  expect(refused(403, bodyOf('x'.repeat(10_000))).message.length).toBeLessThan(200);
});
