import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { newItemOf } from '../destination-copies.js';
import { NO_FOLDER } from '../destination-folders.js';
import { DriveError } from '../errors.js';
import { failureOf, finalErrorOrThrow, isAccountWide, isUnavailable } from '../failures.js';
import { forecastOf, skippedFor } from '../forecast.js';
import { FOLDER_TYPE } from '../model/google-types.js';
import { isOpen, recordsOf } from '../model/records.js';
import type { ItemRecord } from '../model/items.js';
import type { DestinationDrive } from '../ports/drive.js';
import type { Ledger } from '../ports/ledger.js';

const PARALLEL = 64;

/** Creates the folders of the plan that do not exist yet, parents first. */
export async function makeFolders(context: TransferContext, signal: AbortSignal): Promise<void> {
  await makeTopFolder(context, signal);
  // A folder's ordinal is higher than its parent's, so a folder that waits, waits for one in progress.
  const making = new Map<number, Promise<void>>();
  const folders = recordsOf(context.ledger, (record) => record.kind === 'folder' && isOpen(record));
  await forEachBounded(folders, PARALLEL, async (item) => {
    const above = item.parent === null ? undefined : making.get(item.parent);
    const made = Promise.resolve(above).then(() => makeFolder(context, item, signal));
    making.set(item.ordinal, made);
    await made.finally(() => making.delete(item.ordinal));
  });
}

/** Creates the new folder for all copies, if the order has one. */
async function makeTopFolder(
  { ledger, drives: { destination }, folders }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  const { newFolderName, folderId } = ledger.order.target;
  const id = await folders.fixTop(signal);
  if (!newFolderName) return;
  const folder = { id, name: newFolderName, mimeType: FOLDER_TYPE, parentId: folderId };
  await destination.createFolder(folder, signal).catch((error: unknown) => {
    if (!(error instanceof DriveError) || error.code !== 'id_taken') throw error;
  });
}

async function makeFolder(
  { ledger, drives: { destination }, folders, copies }: TransferContext,
  item: ItemRecord,
  signal: AbortSignal,
): Promise<void> {
  const parentId = await folders.parentIdOf(item);
  if (!parentId) {
    await ledger.settle(item, 'failed', NO_FOLDER);
    return;
  }
  const { problem } = forecastOf(item, ledger.order);
  if (problem) {
    await ledger.settle(item, 'skipped', skippedFor(problem, item, ledger.order.destination.email));
    return;
  }
  if ((await ledger.begin(item.ordinal)) === undefined) return;
  try {
    const create = (id: string) => destination.createFolder({ ...newItemOf(item, parentId), id }, signal);
    const { id, webViewLink } = await copies.createOnce(item.ordinal, 'file', create, signal);
    await limitAsOriginal(ledger, destination, item, id, signal);
    await ledger.settle(item, 'verified', { destinationId: id, way: 'created', ...(webViewLink && { webViewLink }) });
  } catch (error) {
    // If the folder failed, all its contents would fail. So the whole step waits until Google is reachable.
    if (signal.aborted || isAccountWide(error) || isUnavailable(error)) {
      await ledger.release(item.ordinal);
      throw error;
    }
    await ledger.settle(item, 'failed', failureOf(error));
  }
}

/**
 * Limits the copy of a limited folder before anything is put into it: people who can open the folder above could open
 * that until all access is carried over. That step sets it again, and reports a refusal.
 */
async function limitAsOriginal(
  ledger: Ledger,
  destination: DestinationDrive,
  { ordinal }: ItemRecord,
  copyId: string,
  signal: AbortSignal,
): Promise<void> {
  if (!ledger.order.sharing) return;
  const [original] = await ledger.sourceAccess(ordinal - 1, 1);
  if (original?.ordinal !== ordinal || !original.access.restrictions.isLimited) return;
  try {
    await destination.restrict(copyId, { isLimited: true }, signal);
  } catch (error) {
    finalErrorOrThrow(error, signal);
  }
}
