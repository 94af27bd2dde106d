import {
  type CopyMethod,
  isDone,
  type ItemState,
  type Outcome,
  type PlannedItem,
} from '../../../engine/model/items.js';
import { FALLBACKS, itemCodeOf } from '../../../engine/model/reasons.js';

// For most items the copy method and the compared checksum are enough: the rest of the outcome follows from the plan
// and the reserved id. They are stored in the mark, one byte: bits 0-2 way · 3-4 checksum · 5-6 original · 7 the item
// has an entry Exceptions have an entry with the parts that do not follow.

export const WAYS: readonly CopyMethod[] = ['server_copy', 'relay', 'export', 'created', 'merged'];
const CHECKSUMS = ['sha256', 'md5'] as const;
export const ORIGINALS = ['trashed', 'kept'] as const;
export const UNDONE = ['trashed', 'left'] as const;
export const HAS_ENTRY = 128;
/** Placeholder for the destination id in the web links of a MIME type. */
export const ID_IN_LINK = '{id}';

/** The number of a shared text in the transfer's list of texts, or the text itself. */
export type TextRef = number | string;

interface Entry {
  /** Reason code. */
  c?: string;
  reason?: TextRef;
  /** Destination id and web link; null: none, although one would be derived. */
  d?: string | null;
  link?: string | null;
  /** Both checksums. */
  k?: [source: string, destination: string];
  lossy?: TextRef[];
  original?: TextRef;
  undone?: TextRef;
}

/** What an outcome is derived from, in addition to its mark and entry. */
export interface Known {
  readonly item: PlannedItem;
  readonly state: ItemState;
  /** The reserved destination id. */
  readonly reservedId?: string | undefined;
  /** The web link of copies of this MIME type, with ID_IN_LINK; empty: they have none. */
  readonly link?: string | undefined;
}

export interface PackedOutcome {
  readonly mark: number;
  /** As JSON; empty: none. */
  readonly entry: string;
  /** 0: none; otherwise 1 + the position in UNDONE. */
  readonly undone: number;
  /** 0: none; otherwise 1 + the position in FALLBACKS. */
  readonly fallback: number;
  /** Whether the entry omits what follows from the listed item or the reserved id. */
  readonly relies: boolean;
}

/**
 * @param inFull omits nothing, because the item or the reserved id has changed
 * @param refs numbers of the outcome's texts
 */
export function packOutcome(
  { item, state, reservedId, link }: Known,
  outcome: Outcome,
  refs: ReadonlyMap<string, TextRef>,
  inFull: boolean,
): PackedOutcome {
  const entry: Entry = {};
  let relies = false;
  const { destinationId, way, code, checksum, original, webViewLink, undone } = outcome;
  const refOf = (text: string): TextRef => refs.get(text) ?? text;
  if (code !== undefined) entry.c = code;
  if (outcome.reason !== undefined) entry.reason = refOf(outcome.reason);
  if (outcome.originalReason !== undefined) entry.original = refOf(outcome.originalReason);
  if (outcome.undoneReason !== undefined) entry.undone = refOf(outcome.undoneReason);
  if (outcome.lossy) entry.lossy = outcome.lossy.map(refOf);

  const expectedId = isDone(state) ? reservedId : undefined;
  if (inFull || destinationId !== expectedId || (isDone(state) && destinationId === undefined))
    entry.d = destinationId ?? null;
  else if (destinationId !== undefined) relies = true;
  if (webViewLink !== linkOf(state, destinationId, link)) entry.link = webViewLink ?? null;
  if (checksum) {
    const { kind, source, destination } = checksum;
    if (!inFull && source === destination && item.checksums[kind] === source) relies = true;
    else entry.k = [source, destination];
  }

  const hasEntry = Object.keys(entry).length > 0;
  return {
    mark:
      numberOf(WAYS, way) +
      8 * numberOf(CHECKSUMS, checksum?.kind) +
      32 * numberOf(ORIGINALS, original) +
      (hasEntry ? HAS_ENTRY : 0),
    entry: hasEntry ? JSON.stringify(entry) : '',
    undone: numberOf(UNDONE, undone),
    fallback: numberOf(FALLBACKS, outcome.fallback),
    relies,
  };
}

export function unpackOutcome(
  { item, state, reservedId, link }: Known,
  { mark, entry: json, ...numbers }: Omit<PackedOutcome, 'entry' | 'relies'> & { entry?: string | undefined },
  texts: readonly string[],
): Outcome {
  const entry = json ? (JSON.parse(json) as Entry) : {};
  const textOf = (ref: TextRef): string => (typeof ref === 'string' ? ref : (texts[ref] ?? ''));
  const destinationId = entry.d === undefined ? (isDone(state) ? reservedId : undefined) : (entry.d ?? undefined);
  const webViewLink = entry.link === undefined ? linkOf(state, destinationId, link) : (entry.link ?? undefined);
  const way = WAYS[(mark & 7) - 1];
  const kind = CHECKSUMS[((mark >> 3) & 3) - 1];
  const original = ORIGINALS[((mark >> 5) & 3) - 1];
  const undone = UNDONE[numbers.undone - 1];
  // Ignored for an item that is being copied again, which may still have the byte of an earlier run.
  const fallback = way && FALLBACKS[numbers.fallback - 1];
  const planned = kind && item.checksums[kind];
  const [source, destination] = entry.k ?? [planned, planned];
  return {
    ...(destinationId !== undefined && { destinationId }),
    ...(way && { way }),
    ...(fallback && { fallback }),
    ...(entry.c !== undefined && { code: itemCodeOf(entry.c) }),
    ...(entry.reason !== undefined && { reason: textOf(entry.reason) }),
    ...(kind && source !== undefined && destination !== undefined && { checksum: { kind, source, destination } }),
    ...(original && { original }),
    ...(entry.original !== undefined && { originalReason: textOf(entry.original) }),
    ...(webViewLink !== undefined && { webViewLink }),
    ...(entry.lossy && { lossy: listOf(entry.lossy).map(textOf) }),
    ...(undone && { undone }),
    ...(entry.undone !== undefined && { undoneReason: textOf(entry.undone) }),
  };
}

/** The texts of an outcome that other items may share. */
export function textsOf({ reason, originalReason, undoneReason, lossy = [] }: Outcome): string[] {
  return [reason, originalReason, undoneReason, ...lossy].filter((text) => text !== undefined);
}

/** The numbers of the texts that an entry refers to. */
export function refsIn(json: string): number[] {
  const { reason, original, undone, lossy } = JSON.parse(json) as Entry;
  return [reason, original, undone, ...listOf(lossy)].filter((ref) => typeof ref === 'number');
}

/** Lua writes an empty list as `{}`. */
const listOf = (refs: TextRef[] | undefined): TextRef[] => (Array.isArray(refs) ? refs : []);

const numberOf = <Name>(names: readonly Name[], name: Name | undefined): number =>
  name === undefined ? 0 : names.indexOf(name) + 1;

function linkOf(state: ItemState, destinationId: string | undefined, link: string | undefined): string | undefined {
  return isDone(state) && destinationId && link ? link.replace(ID_IN_LINK, () => destinationId) : undefined;
}
