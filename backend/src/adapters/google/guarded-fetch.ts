/** Of an answer of Google's OAuth endpoints, decompressed. Real ones have a few kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * `fetch` for addresses that carry secrets: it follows no redirect, which could lead a secret to another host, and reads
 * no answer without end, nor one that a few bytes unpack to.
 * @throws Error when the answer is too large, besides what `fetch` throws
 */
export async function guardedFetch(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, { ...init, redirect: 'manual' });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += (part as Uint8Array).byteLength;
    // Leaving the loop cancels the body, and with it the connection.
    if (size > MOST_BYTES) throw new Error(`The answer had more than ${MOST_BYTES} bytes.`);
    parts.push(part as Uint8Array);
  }
  const { status, statusText, headers } = answer;
  // A status without content allows no body, not even an empty one.
  return new Response(size > 0 ? Buffer.concat(parts) : null, { status, statusText, headers });
}
