import { DriveError } from './errors.js';
import type { DestinationDrive } from './ports/drive.js';
import type { LedgerUploads } from './ports/ledger/uploads.js';
import { abandonUploads } from './uploads.js';

/** Two uploads, of which Google answers the cancelling of the first with an error. */
function twoUploads(error: Error) {
  const left = new Map([
    [0, 'first'],
    [1, 'second'],
  ]);
  const ledger = {
    uploads: async () => [...left].map(([ordinal, address]) => ({ ordinal, address })),
    dropUpload: async (ordinal: number) => void left.delete(ordinal),
  };
  const destination = {
    resumeUpload: (address: string) => ({
      abandon: async () => {
        if (address === 'first') throw error;
      },
    }),
  };
  const abandon = (signal = new AbortController().signal) =>
    abandonUploads(ledger as unknown as LedgerUploads, destination as unknown as DestinationDrive, signal);
  return { left, abandon };
}

it('forgets an upload that Google refuses to cancel, and cancels the others', async () => {
  const { left, abandon } = twoUploads(new DriveError('google_refused', { side: 'destination' }));
  await abandon();
  expect([...left.values()]).toEqual([]);
});

it.each([
  ['Google is unreachable', new DriveError('google_unavailable', { side: 'destination' })],
  ['the account must wait', new DriveError('rate_limited', { side: 'destination' })],
  ['it is a bug', new TypeError('x is undefined')],
])('keeps them all if %s', async (_why, error) => {
  const { left, abandon } = twoUploads(error);
  await expect(abandon()).rejects.toBe(error);
  expect([...left.values()]).toEqual(['first', 'second']);
});
