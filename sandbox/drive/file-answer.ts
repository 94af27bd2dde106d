import { type Call, maskOf, viewOf } from '../http/call.ts';
import type { Reply } from '../http/exchange.ts';
import type { DriveStore, Item } from './drive-store.ts';
import { DEFAULT_FILE_FIELDS, FILE_SCHEMA, fileResource, prepareChecksums } from './file-resource.ts';

/** A file reduced to the call's `fields`. */
export async function answerFile(call: Call, store: DriveStore, item: Item): Promise<Reply> {
  const mask = maskOf(call, FILE_SCHEMA, DEFAULT_FILE_FIELDS);
  await prepareChecksums([item], mask);
  return { status: 200, json: fileResource(item, viewOf(call, store), mask) };
}
