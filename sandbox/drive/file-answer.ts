import { type Call, maskOf, viewOf } from '../http/call.ts';
import type { Reply } from '../http/exchange.ts';
import type { Mask } from '../http/fields.ts';
import type { DriveStore, Item } from './drive-store.ts';
import { DEFAULT_FILE_FIELDS, FILE_SCHEMA, fileResource, prepareChecksums } from './file-resource.ts';

/** The call's `fields` of a file; read before a call changes anything, because they may be invalid. */
export function fileMask(call: Call): Mask {
  return maskOf(call, FILE_SCHEMA, DEFAULT_FILE_FIELDS);
}

/** A file reduced to the call's `fields`. */
export async function answerFile(call: Call, store: DriveStore, item: Item, mask: Mask): Promise<Reply> {
  // Most files have none to compute, and a wait takes a turn.
  const preparing = prepareChecksums([item], mask);
  if (preparing) await preparing;
  return { status: 200, json: fileResource(item, viewOf(call, store), mask) };
}
