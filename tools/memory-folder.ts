// Where tests keep the data of their Redis servers.
import { accessSync, constants, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The file system in memory that Linux provides. */
const MEMORY = '/dev/shm';
/** Free space that is more than all servers of a test run need together. */
const NEEDED_BYTES = 1024 ** 3;

/**
 * Creates a temporary folder, in memory if the machine has such a file system with 1 GiB of free space.
 *
 * On a disk, the writes of other programs can delay an fsync by seconds. Redis does not respond meanwhile, so that the
 * product refuses requests with 503, and tests that do not expect it fail.
 * @param prefix begins the folder's name
 * @returns its path; the caller removes it
 */
export function memoryFolder(prefix: string, { memory = MEMORY, neededBytes = NEEDED_BYTES } = {}): string {
  return mkdtempSync(join(hasRoom(memory, neededBytes) ? memory : tmpdir(), prefix));
}

function hasRoom(folder: string, bytes: number): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= bytes;
  } catch {
    return false; // There is no such folder, or it cannot be written to.
  }
}
