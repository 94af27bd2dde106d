import { fileNotFound, GoogleError, invalidValue } from './errors.ts';
import type { DriveStore, Item } from './drive-store.ts';
import type { Exchange } from './exchange.ts';
import { parseFields, type Mask, type Schema } from './fields.ts';
import type { View } from './file-resource.ts';
import type { Caller } from './oauth.ts';
import { fitsScopes, type Route } from './routes.ts';

/** One authorised request to Drive. */
export interface Call {
  exchange: Exchange;
  route: Route;
  caller: Caller;
  /** Lets faults that match by a name strike, when the name is in the body of an upload. */
  strikeByName: (name: string) => Promise<void>;
}

/** From where the caller looks at items. */
export function viewOf({ exchange, caller }: Call, store: DriveStore): View {
  return { store, account: caller.account, origin: exchange.origin };
}

/**
 * The item of the call's address, or of another id; `root` is the caller's own.
 * @throws GoogleError 404 when there is none, or none the caller may know of.
 */
export function findItem(call: Call, store: DriveStore, id = call.route.fileId ?? ''): Item {
  const item = id === 'root' ? call.caller.account.root : store.item(id);
  if (!item || !isVisible(item, call.caller, store)) throw fileNotFound(id);
  return item;
}

export function isVisible(item: Item, caller: Caller, store: DriveStore): boolean {
  return store.roleOf(item, caller.account) !== undefined && fitsScopes(item, caller);
}

/** The mask of the call's `fields`, or of what is answered without it. */
export function maskOf({ exchange }: Call, schema: Schema, fallback: string): Mask {
  return parseFields(exchange.query.get('fields') || fallback, schema);
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
  if (value < low || value > high)
    throw new GoogleError(
      400,
      'invalidParameter',
      `Invalid value '${text}'. Values must be within the range: [${low}, ${high}]`,
      { location: name },
    );
  return value;
}
