import { finalErrorOrThrow } from './failures.js';
import type { DestinationDrive } from './ports/drive.js';
import type { LedgerUploads } from './ports/ledger/uploads.js';

/**
 * Cancels uploads whose file was copied by another strategy or not at all, so that nothing of them stays at Google. One
 * that Google does not cancel ends there after a week, and must not fail a transfer that has copied everything.
 */
export async function abandonUploads(
  ledger: LedgerUploads,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<void> {
  for (const { ordinal, address } of await ledger.uploads()) {
    try {
      await destination.resumeUpload(address).abandon(signal);
    } catch (error) {
      finalErrorOrThrow(error, signal);
    }
    await ledger.dropUpload(ordinal);
  }
}
