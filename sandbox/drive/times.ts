/** Milliseconds as Google writes times: UTC with three decimals and Z. */
export function rfc3339(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
