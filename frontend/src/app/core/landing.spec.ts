import { takeLanding } from './landing';

const take = (search: string) => {
  const replaceState = jest.fn();
  const landing = takeLanding({ search } as Location, { replaceState } as unknown as History);
  return { landing, replaceState };
};

it('reads a token and removes it from the address', () => {
  const { landing, replaceState } = take('?type=source&token=abc');
  expect(landing).toEqual({ kind: 'token', type: 'source', token: 'abc' });
  expect(replaceState).toHaveBeenCalledWith(null, '', '/');
});

it('reads an error', () => {
  expect(take('?type=destination&error=access_denied').landing).toEqual({
    kind: 'error',
    type: 'destination',
    code: 'access_denied',
  });
});

it('ignores every other address', () => {
  const { landing, replaceState } = take('?src=abc');
  expect(landing).toBeUndefined();
  expect(replaceState).not.toHaveBeenCalled();
});

it('cleans the address even if its content is invalid', () => {
  const { landing, replaceState } = take('?type=other&token=abc');
  expect(landing).toMatchObject({ kind: 'error', code: 'link_expired' });
  expect(replaceState).toHaveBeenCalled();
});
