import { fileNotFound, googleError, invalidValue } from './errors.ts';
import { driveOf, type DriveStore, type Item } from '../drive/drive-store.ts';
import type { Exchange, Reply } from './exchange.ts';
import { applyMask, parseFields, type Mask, type Schema } from './fields.ts';
import type { View } from '../drive/file-resource.ts';
import type { Caller } from '../oauth/oauth.ts';
import { fitsScopes } from '../oauth/scopes.ts';
import type { Route } from './routes.ts';

/** A request to an endpoint that needs no token. */
export interface OpenCall {
  exchange: Exchange;
  route: Route;
}

/** One authorised request to an API. */
export interface Call extends OpenCall {
  caller: Caller;
  /** Lets faults that match by a name strike, when the name is in the body of an upload. */
  strikeByName: (name: string) => Promise<void>;
}

/** The place from which the caller sees items. */
export function viewOf({ exchange, caller }: Call, store: DriveStore): View {
  return { store, account: caller.account, origin: exchange.origin };
}

/**
 * The item of the call's address, or of another id; `root` is the caller's own.
 * @throws GoogleError 404 when there is none, or none the caller may know of.
 */
export function findItem(call: Call, store: DriveStore, id = call.route.ids.fileId ?? ''): Item {
  const item = id === 'root' ? call.caller.account.root : store.item(id);
  if (!item || !isVisible(item, call.caller, store)) throw fileNotFound(id);
  // Applications say that they know of shared drives; for the others these do not exist.
  if (driveOf(item) && ASKS_FOR_SUPPORT.test(call.route.operation) && !supportsAllDrives(call)) throw fileNotFound(id);
  if (lacksKey(call, store, item)) throw fileNotFound(id);
  return item;
}

/** Whether only an old link opens the item to the caller, and the call does not have the link's key. */
export function lacksKey(call: Call, store: DriveStore, item: Item): boolean {
  return item.resourceKey !== undefined && !knowsKey(call, item) && !store.roleOf(item, call.caller.account, false);
}

/**
 * The methods that have the parameter `supportsAllDrives`. Comments, replies, revisions and exports have none; content
 * is had without it too: rclone downloads from shared drives and never sends it then.
 */
const ASKS_FOR_SUPPORT = /^(files\.(get|create|update|copy|delete|list|upload.*)|permissions\..*|changes\..*)$/;

/** Whether the caller has said so, by the present name of the parameter or its former one. */
export function supportsAllDrives({ exchange: { query } }: Call): boolean {
  return query.get('supportsAllDrives') === 'true' || query.get('supportsTeamDrives') === 'true';
}

/** `X-Goog-Drive-Resource-Keys: id/key,id/key`: for what was shared by a link before September 2021. */
function knowsKey({ exchange }: Call, item: Item): boolean {
  const keys = (exchange.header('x-goog-drive-resource-keys') ?? '').split(',').map((each) => each.trim());
  return keys.includes(`${item.id}/${item.resourceKey}`) || exchange.query.get('resourceKey') === item.resourceKey;
}

export function isVisible(item: Item, caller: Caller, store: DriveStore): boolean {
  return store.roleOf(item, caller.account) !== undefined && fitsScopes(item, caller);
}

/** The mask of the call's `fields`, or of what is answered without it. */
export function maskOf({ exchange }: Call, schema: Schema, fallback: string): Mask {
  const fields = exchange.query.get('fields') ?? fallback;
  // Blank is not absent: it selects no field, so the response is `{}`.
  return fields.trim() === '' ? new Map() : parseFields(fields, schema);
}

/** A resource as the call's `fields` want it. */
export function answer(call: Call, resource: Record<string, unknown>, schema: Schema, fallback: string): Reply {
  return { status: 200, json: applyMask(resource, maskOf(call, schema, fallback)) };
}

/** @throws GoogleError 400 `required`, for methods that have no fields of their own choosing. */
export function requireFields({ exchange }: Call): void {
  if (!exchange.query.get('fields')) throw googleError('fieldsRequired');
}

/** What a deletion answers with. */
export function deleted(store: DriveStore): Reply {
  return store.switches.deleteAnswer === 'noContent' ? { status: 204 } : { status: 200, json: {} };
}

/** `pageSize`; what is done with one that is too large depends on a switch. */
export function pageSizeOf(call: Call, store: DriveStore, fallback: number, most: number): number {
  const high = store.switches.pageSizeAboveMaximum === 'coerce' ? Infinity : most;
  return Math.min(numberParameter(call.exchange.query, 'pageSize', fallback, 1, high), most);
}

/**
 * A whole number from the query.
 * @throws GoogleError 400 when it is none, or out of range.
 */
export function numberParameter(
  query: URLSearchParams,
  name: string,
  fallback: number,
  low: number,
  high: number,
): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) throw invalidValue(name);
  if (value < low || value > high) throw googleError('outOfRange', { value: text, low, high, location: name });
  return value;
}
