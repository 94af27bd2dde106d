/**
 * A function that remembers what it returned, for values that are asked for repeatedly and never changed.
 * @param most number of remembered values; then it starts anew
 */
export function remembered<Key, Value extends NonNullable<unknown>>(
  most: number,
  compute: (key: Key) => Value,
): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = compute(key);
      if (known.size >= most) known.clear();
      known.set(key, value);
    }
    return value;
  };
}
