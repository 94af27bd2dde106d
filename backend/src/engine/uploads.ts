import type { DestinationDrive } from './ports/drive.js';
import type { LedgerUploads } from './ports/ledger/uploads.js';

/** Cancels uploads whose file was copied by another strategy or not at all, so that nothing of them stays at Google. */
export async function abandonUploads(
  ledger: LedgerUploads,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<void> {
  for (const { ordinal, address } of await ledger.uploads()) {
    await destination.resumeUpload(address).abandon(signal);
    await ledger.dropUpload(ordinal);
  }
}
