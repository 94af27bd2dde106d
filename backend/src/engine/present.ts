/** Returns the given properties of an object, without those that are undefined, empty or false. */
export function present<T, Key extends keyof T>(object: T, ...keys: readonly Key[]): Partial<Pick<T, Key>> {
  const result: Partial<Pick<T, Key>> = {};
  for (const key of keys) if (object[key]) result[key] = object[key];
  return result;
}
