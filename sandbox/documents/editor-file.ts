import { createHash } from 'node:crypto';
import type { Account, DriveStore, Item } from '../drive/drive-store.ts';
import { atLeast, noteModifier } from '../drive/drive-store.ts';
import { isCapable } from '../drive/capabilities.ts';
import { type Call, isVisible, viewOf } from '../http/call.ts';
import { GoogleError, googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, type Mask, parseFields, type Schema } from '../http/fields.ts';
import { type JsonTypes, readJson, unknownPath } from '../http/json-types.ts';
import type { Lookup } from './chips.ts';
import type { DocumentModel } from './documents.ts';
import { isTooDeep } from './sheets/field-mask.ts';
import { RequestProblem } from './rich-text.ts';

/** Errors of calls for documents and presentations. */
export const FILE_ERRORS = ['entityNotFound', 'noPermission', 'operationNotSupported', 'invalidArgument'] as const;

type ModelOf<Kind extends DocumentModel['kind']> = Extract<DocumentModel, { kind: Kind }>;

/**
 * The document that a call to one of the editors' APIs names.
 * @throws GoogleError 404 for an unknown id, 403 for a file that the caller may not see, 400 for a file of another kind
 */
export function openDocument<Kind extends DocumentModel['kind']>(
  call: Call,
  store: DriveStore,
  kind: Kind,
): { item: Item; model: ModelOf<Kind> } {
  const item = store.item(call.route.ids.fileId ?? '');
  if (!item) throw googleError('entityNotFound');
  if (!isVisible(item, call.caller, store)) throw googleError('noPermission');
  if (item.document?.kind !== kind) throw googleError('operationNotSupported');
  return { item, model: item.document as ModelOf<Kind> };
}

/** @throws GoogleError as `openDocument`, and 403 for readers, or if the content is locked */
export function openForEdit<Kind extends DocumentModel['kind']>(
  call: Call,
  store: DriveStore,
  kind: Kind,
): { item: Item; model: ModelOf<Kind> } {
  const opened = openDocument(call, store, kind);
  if (!mayEdit(call, store, opened.item)) throw googleError('noPermission');
  return opened;
}

/** Whether the caller may edit: writers may, unless a content restriction locks the file. */
export function mayEdit(call: Call, store: DriveStore, item: Item): boolean {
  return (
    atLeast(store.roleOf(item, call.caller.account), 'writer') &&
    isCapable('canModifyContent', item, viewOf(call, store))
  );
}

/** The opaque id of a document's current revision, which changes with each edit. */
export function revisionIdOf(item: Item, revision: number): string {
  return createHash('sha256').update(`${item.id} ${revision}`).digest('base64url').slice(0, 32);
}

/**
 * The facts of a file in its resource. `revisionId` is "only populated if the user has edit access" (references of
 * `Document` and `Presentation`).
 */
export function factsOf(
  item: Item,
  { revision }: { revision: number },
  edits: boolean,
): { id: string; title: string; revisionId?: string } {
  return { id: item.id, title: item.name, ...(edits && { revisionId: revisionIdOf(item, revision) }) };
}

/** Looks up what chips show to the caller. */
export function lookupFor(call: Call, store: DriveStore): Lookup {
  return {
    file: (id) => {
      const item = store.item(id);
      return item && isVisible(item, call.caller, store) ? item : undefined;
    },
    person: (email) => store.account(email)?.name,
  };
}

/** Stores an edited document and updates the metadata of its file. */
export function keepEdit(store: DriveStore, item: Item, document: DocumentModel, by: Account, time: number): void {
  store.setDocument(item, document);
  noteModifier(item, by);
  item.modified = time;
  store.touch(item);
}

/**
 * The body of a call in the format of its type: names in camelCase, no nulls, numbers as numbers.
 * @throws GoogleError 400 `INVALID_ARGUMENT` for unknown names and values of a wrong type
 */
export async function readRequest(call: Call, types: JsonTypes, name: string): Promise<Record<string, unknown>> {
  return readJson(types, name, await call.exchange.json());
}

/**
 * The mask of a call. Calls that change something read it before they do.
 * @throws GoogleError 400 with a violation of `fields`, for a mask with an unknown field
 */
export function maskOfCall(call: Call, schema: Schema): Mask {
  const text = call.exchange.query.get('fields');
  if (text === null || text.trim() === '') return true;
  if (isTooDeep(text)) throw unknownPath(text.slice(0, 100));
  try {
    return parseFields(text, schema);
  } catch (error) {
    throw error instanceof GoogleError ? unknownPath(error.message.replace('Invalid field selection ', '')) : error;
  }
}

/** A response with the fields of the call's mask. @throws GoogleError as `maskOfCall` */
export function answerWith(call: Call, resource: Record<string, unknown>, schema: Schema): Reply {
  return { status: 200, json: applyMask(resource, maskOfCall(call, schema)) };
}

/** Sent responses by document. An edit replaces the document with another object, so they cannot be outdated. */
const sent = new WeakMap<object, Map<string, Buffer>>();
/** Maximum for one document; copies share it until they are edited. */
const MAX_SENT = 16;

/**
 * A response that depends only on a document and a key. It is serialised once, because that takes most of the time of
 * reading a large document.
 */
export function keptReply(document: object, key: string, make: () => unknown): Reply {
  let known = sent.get(document);
  if (!known) sent.set(document, (known = new Map<string, Buffer>()));
  let bytes = known.get(key);
  if (!bytes) {
    bytes = Buffer.from(JSON.stringify(make()));
    if (known.size >= MAX_SENT) known.clear();
    known.set(key, bytes);
  }
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, bytes };
}

/**
 * Executes the requests of a batch in their order.
 * @param ground what the handlers work on beside the request
 * @throws GoogleError 400 with the number and name of the first request that cannot be executed
 */
export function executeRequests<Ground>(
  requests: readonly Record<string, unknown>[],
  handlers: Readonly<Record<string, ((request: never, ground: Ground) => object | undefined) | undefined>>,
  ground: Ground,
): object[] {
  if (requests.length === 0) throw googleError('invalidArgument', { why: 'Must specify at least one request.' });
  return requests.map((request, index) => {
    const [kind, ...others] = Object.keys(request);
    if (kind === undefined || others.length > 0)
      throw googleError('invalidArgument', {
        why: `Invalid requests[${index}]: ${kind === undefined ? 'No request set.' : 'Only one request can be set.'}`,
      });
    const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
    if (!handler) throw googleError('requestNotModelled', { index, kind });
    try {
      return handler(request[kind] as never, ground) ?? {};
    } catch (error) {
      if (error instanceof RequestProblem || (error instanceof GoogleError && error.status === 400))
        throw googleError('invalidRequest', { index, kind, why: error.message });
      throw error;
    }
  });
}

/**
 * The names of a mask of a request.
 * @throws RequestProblem for a mask that is empty, or that names what cannot be set
 */
export function namesOf(fields: string | undefined, known: readonly string[]): string[] {
  const names = (fields ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  if (names.length === 0)
    throw new RequestProblem("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)");
  if (names.includes('*')) return [...known];
  return names.map((name) => {
    const top = name.split('.')[0] ?? '';
    if (!known.includes(top)) throw new RequestProblem(`Invalid field: ${name}`);
    return top;
  });
}
