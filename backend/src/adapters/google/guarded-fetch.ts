import { parseBounded, SMALL_ANSWER } from './google-answers.js';

/**
 * `fetch` for requests with secrets. It follows no redirects, which could send a secret to another host, and limits the
 * size of the response, also after decompression; real ones have a few kilobytes. The signal of `init` limits the time,
 * including the body.
 * @throws Error if the response exceeds `SMALL_ANSWER`, or its JSON is nested too deeply; what `fetch` throws
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
  // The library that parses it does not limit it.
  if (headers.get('content-type')?.includes('json')) parseBounded(body, SMALL_ANSWER);
  // A status without content does not allow a body, not even an empty one.
  return new Response(size > 0 ? body : null, { status, statusText, headers });
}
