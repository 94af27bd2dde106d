import { StoreUnavailableError } from '../../session/errors.js';

/**
 * Waits for a reply of Redis and turns its failures, which all mean that the store cannot be used now (away, loading,
 * read-only, full), into StoreUnavailableError.
 */
export async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw new StoreUnavailableError(error);
  }
}
