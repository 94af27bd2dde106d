import { StoreUnavailableError } from '../../http/errors.js';

/**
 * Waits for a reply of Redis and converts errors to StoreUnavailableError: all of them mean that the store can't be
 * used now (unreachable, loading, read-only, full).
 */
export async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw new StoreUnavailableError(error);
  }
}

/** Wraps an object so that its asynchronous methods fail like `answered`. */
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
