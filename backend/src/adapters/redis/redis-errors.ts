import { StoreUnavailableError } from '../../http/errors.js';

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

/** The same object, each of whose asynchronous methods fails as `answered` does. */
export function answering<T extends object>(store: T): T {
  return new Proxy(store, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args);
        return result instanceof Promise ? answered(result) : result;
      };
    },
  });
}
