import { createHash } from 'node:crypto';
import { fileNotFound, googleError, invalidValue } from './errors.ts';
import { driveOf, type DriveStore, type Item } from '../drive/drive-store.ts';
import type { Exchange, Reply } from './exchange.ts';
import { applyMask, parseFields, type Mask, type Schema } from './fields.ts';
import type { View } from '../drive/file-resource.ts';
import type { Caller } from '../oauth/oauth.ts';
import { fitsScopes, seesOtherFiles } from '../oauth/scopes.ts';
import { isOn } from './query-types.ts';
import type { Route } from './routes.ts';

/** A request to an endpoint that needs no token. */
export interface OpenCall {
  exchange: Exchange;
  route: Route;
}

/** One authorised request to an API. */
export interface Call extends OpenCall {
  caller: Caller;
  /** Matches faults by a file name that is in the body of an upload. */
  applyFaultByName: (name: string) => Promise<void>;
}

/** What `capabilities`, links and fields of items depend on: the caller and the address of the sandbox. */
export function viewOf({ exchange, caller }: Call, store: DriveStore): View {
  return { store, account: caller.account, origin: exchange.origin };
}

/**
 * The item that the call's address names, or the one with another id; `root` is the caller's My Drive.
 * @throws GoogleError 404 if it does not exist or the caller may not know of it, 403 if the app may only read it.
 */
export function findItem(call: Call, store: DriveStore, id = call.route.ids.fileId ?? ''): Item {
  const item = id === 'root' ? call.caller.account.root : store.item(id);
  if (!item || store.roleOf(item, call.caller.account) === undefined) throw fileNotFound(id);
  // Shared drives exist only for applications that declare support for them.
  if (driveOf(item) && ASKS_FOR_SUPPORT.test(call.route.operation) && !supportsAllDrives(call)) throw fileNotFound(id);
  if (lacksKey(call, store, item)) throw fileNotFound(id);
  if (!fitsScopes(item, call.caller))
    throw seesOtherFiles(call.caller) ? googleError('appNotAuthorizedToFile') : fileNotFound(id);
  return item;
}

/** Whether the caller has access through an old link only, and the call lacks the link's resource key. */
export function lacksKey(call: Call, store: DriveStore, item: Item): boolean {
  return item.resourceKey !== undefined && !knowsKey(call, item) && !store.roleOf(item, call.caller.account, false);
}

/**
 * The methods that have the parameter `supportsAllDrives`. Comments, replies, revisions and exports do not. Downloads
 * work without it: rclone downloads from shared drives and does not send it.
 */
const ASKS_FOR_SUPPORT = /^(files\.(get|create|update|copy|delete|list|upload.*)|permissions\..*|changes\..*)$/;

/** Whether the request has the parameter, under its current name or its former one. */
export function supportsAllDrives({ exchange: { query } }: Call): boolean {
  return isOn(query, 'supportsAllDrives') || isOn(query, 'supportsTeamDrives');
}

/**
 * Whether a list covers items of shared drives too.
 * @throws GoogleError 403 if the request does not declare support for them
 */
export function includesAllDrives(call: Call): boolean {
  const { query } = call.exchange;
  if (!isOn(query, 'includeItemsFromAllDrives') && !isOn(query, 'includeTeamDriveItems')) return false;
  if (!supportsAllDrives(call))
    throw googleError('allDrivesNotSupported', { parameter: 'includeItemsFromAllDrives is enabled' });
  return true;
}

/** `X-Goog-Drive-Resource-Keys: id/key,id/key`, for items that were shared by a link before September 2021. */
function knowsKey({ exchange }: Call, item: Item): boolean {
  const keys = (exchange.header('x-goog-drive-resource-keys') ?? '').split(',').map((each) => each.trim());
  return keys.includes(`${item.id}/${item.resourceKey}`) || exchange.query.get('resourceKey') === item.resourceKey;
}

export function isVisible(item: Item, caller: Caller, store: DriveStore): boolean {
  return store.roleOf(item, caller.account) !== undefined && fitsScopes(item, caller);
}

/** The mask of the call's `fields`, or of the fields that are returned without it. */
export function maskOf({ exchange }: Call, schema: Schema, fallback: string): Mask {
  const fields = exchange.query.get('fields') ?? fallback;
  // A blank parameter selects no field, so the response is `{}`.
  return fields.trim() === '' ? new Map() : parseFields(fields, schema);
}

/** A resource reduced to the call's `fields`. */
export function answer(call: Call, resource: Record<string, unknown>, schema: Schema, fallback: string): Reply {
  return { status: 200, json: applyMask(resource, maskOf(call, schema, fallback)) };
}

/** @throws GoogleError 400 `required`, for methods that have no default fields. */
export function requireFields({ exchange }: Call): void {
  if (!exchange.query.get('fields')) throw googleError('fieldsRequired');
}

/** @throws GoogleError 400 for invalid `fields`: a call refuses them before it changes anything. */
export function checkFields(call: Call, schema: Schema): void {
  maskOf(call, schema, '*');
}

/** The response to a deletion. */
export function deleted(store: DriveStore): Reply {
  return store.switches.deleteAnswer === 'noContent' ? { status: 204 } : { status: 200, json: {} };
}

/** `pageSize`; a switch decides how a value above the maximum is handled. */
export function pageSizeOf(call: Call, store: DriveStore, fallback: number, most: number): number {
  const { query } = call.exchange;
  if (store.switches.pageSizeAboveMaximum === 'coerce' && Number(query.get('pageSize')) > most) return most;
  // Google names the field and not the parameter (brekkylab/backlot, issue 337).
  return numberParameter(query, 'pageSize', fallback, 1, most, 'page_size');
}

/**
 * Where the page of a list begins that the call's token names.
 * @throws GoogleError 400 for a token that no page of this list gave. A token behind the end is valid, because the list
 * may have become shorter since.
 */
export function startOfPage(call: Call): number {
  const token = call.exchange.query.get('pageToken');
  if (!token) return 0;
  const start = Number(/^\d{1,9}(?=~)/.exec(token)?.[0] ?? NaN);
  if (Number.isNaN(start) || token !== pageTokenOf(call, start)) throw invalidValue('pageToken');
  return start;
}

/** The page of a list that begins at `start`, and the token of the next one. */
export function pageFrom<T>(
  call: Call,
  all: readonly T[],
  start: number,
  pageSize: number,
): { shown: readonly T[]; next: { nextPageToken?: string } } {
  const end = start + pageSize;
  return { shown: all.slice(start, end), next: end < all.length ? { nextPageToken: pageTokenOf(call, end) } : {} };
}

/** The token of the page that begins at an index: with a digest, so that a changed token is recognised. */
function pageTokenOf({ exchange }: Call, start: number): string {
  const digest = createHash('sha256').update(`${exchange.path} ${start}`).digest('base64url').slice(0, 12);
  return `${start}~${digest}`;
}

/**
 * A whole number from the query.
 * @throws GoogleError 400 if it is not one, or is out of range.
 */
export function numberParameter(
  query: URLSearchParams,
  name: string,
  fallback: number,
  low: number,
  high: number,
  location = name,
): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text)) throw invalidValue(name);
  if (value < low || value > high) throw googleError('outOfRange', { value, low, high, location });
  return value;
}
