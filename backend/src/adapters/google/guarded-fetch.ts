import { parseBounded, SMALL_ANSWER } from './google-answers.js';

/**
 * `fetch` for addresses that carry secrets: it follows no redirect, which could lead a secret to another host, and reads
 * no answer without end, nor one that a few bytes unpack to. Real answers have a few kilobytes. How long it takes, body
 * included, is bounded by the signal of `init`.
 * @throws Error when the answer is larger than `SMALL_ANSWER`, or JSON that is nested too deeply, besides what `fetch` throws
 */
export async function guardedFetch(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, { ...init, redirect: 'manual' });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += (part as Uint8Array).byteLength;
    // Leaving the loop cancels the body, and with it the connection.
    if (size > SMALL_ANSWER.bytes) throw new Error(`The response had more than ${SMALL_ANSWER.bytes} bytes.`);
    parts.push(part as Uint8Array);
  }
  const { status, statusText, headers } = answer;
  const body = Buffer.concat(parts);
  // The library that parses it has no bounds of its own.
  if (headers.get('content-type')?.includes('json')) parseBounded(body, SMALL_ANSWER);
  // A status without content allows no body, not even an empty one.
  return new Response(size > 0 ? body : null, { status, statusText, headers });
}
