/** Times as text: those of a file are asked for again and again. */
const written = new Map<number, string>();
const MAX_WRITTEN = 10_000;

/** Milliseconds as Google writes times: UTC with three decimals and Z. */
export function rfc3339(time: number | undefined): string | undefined {
  if (time === undefined) return undefined;
  let text = written.get(time);
  if (text === undefined) {
    text = new Date(time).toISOString();
    if (written.size >= MAX_WRITTEN) written.clear();
    written.set(time, text);
  }
  return text;
}
