import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { PlannedItem } from '../../../engine/model/items.js';

// A page of the plan is one value: the length of its head (4 bytes), the head (columns as JSON, deflated), then ids,
// checksums and revisions as bytes instead of letters, because random data can't be compressed.

/** Most of a page is random, so the highest level would gain less than one percent. */
export const LEVEL = 4;
const HEAD_BYTES = 4;

/** Texts of one column. Those of its alphabet follow the head, with `lengths` letters each (0: none, -1: see `odd`). */
interface PackedTexts {
  readonly lengths: readonly number[];
  /** Texts with letters outside the alphabet, by position. */
  readonly odd?: Readonly<Record<string, string>>;
}

interface Head {
  readonly first: number;
  /** What the items of one folder have in common; `top` null: the item itself; `folder` null: no folder above. */
  readonly places: readonly (readonly [
    parent: number | null,
    depth: number,
    top: number | null,
    folder: string | null,
  ])[];
  readonly place: readonly number[];
  readonly types: readonly Type[];
  readonly type: readonly number[];
  readonly names: readonly string[];
  readonly sizes: readonly (number | null)[];
  readonly created: readonly (number | string | null)[];
  /** Numbers are relative to `created`, if that is a number. */
  readonly modified: readonly (number | string | null)[];
  readonly texts: readonly PackedTexts[];
  /** Fields that few items have, by position. */
  readonly more: Readonly<Record<string, Partial<PlannedItem>>>;
}

type Type = Pick<
  PlannedItem,
  'kind' | 'mimeType' | 'ownedByMe' | 'canCopy' | 'canDownload' | 'starred' | 'canListChildren' | 'barrier'
>;

interface Alphabet {
  readonly encoding: 'base64url' | 'hex';
  readonly letters: RegExp;
  /** A group of letters is a whole number of bytes. */
  readonly group: number;
}
const BASE64: Alphabet = { encoding: 'base64url', letters: /^[\w-]+$/, group: 4 };
const HEX: Alphabet = { encoding: 'hex', letters: /^[0-9a-f]+$/, group: 2 };

/** The columns after the head, in this order. */
const TEXTS = [BASE64, HEX, HEX, BASE64] as const;

/** Packs items with consecutive ordinals. */
export function packPage(items: readonly PlannedItem[]): Buffer {
  const places = new Numbered<Head['places'][number]>();
  const types = new Numbered<Type>();
  const head = {
    first: items[0]?.ordinal ?? 0,
    place: [] as number[],
    type: [] as number[],
    names: [] as string[],
    sizes: [] as (number | null)[],
    created: [] as (number | string | null)[],
    modified: [] as (number | string | null)[],
    more: {} as Record<string, Partial<PlannedItem>>,
  };
  const texts: (string | undefined)[][] = TEXTS.map(() => []);
  for (const [index, item] of items.entries()) {
    const { ordinal, parent, top, path, depth, sourceId, name, size, checksums, ...others } = item;
    const { createdTime, modifiedTime, revision, ...typeAndRest } = others;
    const { kind, mimeType, ownedByMe, canCopy, canDownload, starred, canListChildren, barrier, ...rest } = typeAndRest;
    const step = stepOf(name);
    const folder = folderOf(path, step);
    const place = [parent, depth, top === ordinal ? null : top, folder ?? null] as const;
    head.place.push(places.numberOf(`${parent} ${depth} ${place[2]} ${folder === null}${folder}`, place));
    const flags = `${ownedByMe}${canCopy}${canDownload}${starred}${canListChildren}${barrier}`;
    head.type.push(
      types.numberOf(`${kind} ${flags} ${mimeType}`, {
        kind,
        mimeType,
        ownedByMe,
        canCopy,
        canDownload,
        starred,
        canListChildren,
        barrier,
      }),
    );
    head.names.push(name);
    head.sizes.push(size);
    const created = packTime(createdTime);
    const modified = packTime(modifiedTime);
    head.created.push(created);
    head.modified.push(typeof created === 'number' && typeof modified === 'number' ? modified - created : modified);
    texts[0]!.push(sourceId);
    texts[1]!.push(checksums.md5);
    texts[2]!.push(checksums.sha256);
    texts[3]!.push(revision);
    const more = folder === undefined ? { ...rest, path } : rest;
    if (Object.keys(more).length > 0) head.more[index] = more;
  }
  const packed = texts.map((column, index) => packTexts(column, TEXTS[index]!));
  const json = JSON.stringify({
    ...head,
    places: places.values,
    types: types.values,
    texts: packed.map(({ texts }) => texts),
  } satisfies Head);
  const deflated = deflateRawSync(json, { level: LEVEL });
  const length = Buffer.alloc(HEAD_BYTES);
  length.writeUInt32LE(deflated.length);
  return Buffer.concat([length, deflated, ...packed.map(({ bytes }) => bytes)]);
}

/**
 * A page that was read. It keeps the columns and creates items when they are needed: mostly few of them are, and a
 * thousand objects take ten times the memory.
 */
export class PlanPage {
  private readonly head: Omit<Head, 'texts'>;
  private readonly ids: TextColumn;
  private readonly md5s: TextColumn;
  private readonly sha256s: TextColumn;
  private readonly revisions: TextColumn;

  constructor(packed: Buffer) {
    const { head, body } = headOf(packed);
    const { texts, ...rest } = head;
    this.head = rest;
    let at = 0;
    [this.ids, this.md5s, this.sha256s, this.revisions] = TEXTS.map((alphabet, index) => {
      const column = new TextColumn(texts[index]!, alphabet, body, at);
      at = column.end;
      return column;
    }) as [TextColumn, TextColumn, TextColumn, TextColumn];
  }

  get length(): number {
    return this.head.names.length;
  }

  /** Positions like those of Array.slice, but not negative. */
  slice(start: number, end: number): PlannedItem[] {
    const items: PlannedItem[] = [];
    for (let index = Math.max(0, start); index < Math.min(end, this.length); index++) items.push(this.item(index));
    return items;
  }

  private item(index: number): PlannedItem {
    const { head } = this;
    const ordinal = head.first + index;
    const name = head.names[index]!;
    const [parent, depth, top, folder] = head.places[head.place[index]!]!;
    const step = stepOf(name);
    const [md5, sha256, revision] = [this.md5s.at(index), this.sha256s.at(index), this.revisions.at(index)];
    const [created, modified] = [head.created[index]!, head.modified[index]!];
    const since = typeof created === 'number' && typeof modified === 'number' ? created + modified : modified;
    return {
      ordinal,
      parent,
      depth,
      top: top ?? ordinal,
      path: folder === null ? step : `${folder}/${step}`,
      sourceId: this.ids.at(index)!,
      name,
      ...head.types[head.type[index]!]!,
      size: head.sizes[index]!,
      checksums: { ...(md5 !== undefined && { md5 }), ...(sha256 !== undefined && { sha256 }) },
      ...(created !== null && { createdTime: unpackTime(created) }),
      ...(since !== null && { modifiedTime: unpackTime(since) }),
      ...(revision !== undefined && { revision }),
      ...head.more[index],
    };
  }
}

/** Only the source ids of a page, in the order of the ordinals; much faster than reading all of it. */
export function sourceIdsOf(page: Buffer): { first: number; ids: readonly string[] } {
  const { head, body } = headOf(page);
  return { first: head.first, ids: new TextColumn(head.texts[0]!, TEXTS[0], body, 0).all() as string[] };
}

/** Packs the destination ids of a page; null: none. */
export function packIds(ids: readonly (string | null)[]): Buffer {
  const { texts, bytes } = packTexts(
    ids.map((id) => id ?? undefined),
    BASE64,
  );
  const head = deflateRawSync(JSON.stringify(texts), { level: LEVEL });
  const length = Buffer.alloc(HEAD_BYTES);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, bytes]);
}

export function unpackIds(packed: Buffer): (string | null)[] {
  const { head, body } = headOf(packed) as unknown as { head: PackedTexts; body: Buffer };
  return new TextColumn(head, BASE64, body, 0).all().map((id) => id ?? null);
}

function headOf(page: Buffer): { head: Head; body: Buffer } {
  const end = HEAD_BYTES + page.readUInt32LE(0);
  const json = inflateRawSync(page.subarray(HEAD_BYTES, end)).toString('utf8');
  return { head: JSON.parse(json) as Head, body: page.subarray(end) };
}

function packTexts(values: readonly (string | undefined)[], alphabet: Alphabet): { texts: PackedTexts; bytes: Buffer } {
  const odd: Record<string, string> = {};
  let plain = '';
  const lengths = values.map((value, index) => {
    if (value === undefined) return 0;
    if (!alphabet.letters.test(value)) {
      odd[index] = value;
      return -1;
    }
    plain += value;
    return value.length;
  });
  const missing = (alphabet.group - (plain.length % alphabet.group)) % alphabet.group;
  return {
    texts: { lengths, ...(Object.keys(odd).length > 0 && { odd }) },
    bytes: Buffer.from(plain + '0'.repeat(missing), alphabet.encoding),
  };
}

/** Reads a column of texts that `packTexts` wrote. */
class TextColumn {
  /** Start of the next column in the body. */
  readonly end: number;
  private readonly plain: string;
  /** The end of each text in `plain`; it starts at the end of the previous one. */
  private readonly ends: Uint32Array;
  private readonly odd: PackedTexts['odd'];

  constructor({ lengths, odd }: PackedTexts, { encoding, group }: Alphabet, body: Buffer, start: number) {
    this.ends = new Uint32Array(lengths.length);
    let letters = 0;
    for (let index = 0; index < lengths.length; index++) this.ends[index] = letters += Math.max(lengths[index]!, 0);
    // In both alphabets, `group` letters are whole bytes.
    this.end = start + (Math.ceil(letters / group) * group * (encoding === 'hex' ? 4 : 6)) / 8;
    this.plain = body.toString(encoding, start, this.end);
    this.odd = odd;
  }

  at(index: number): string | undefined {
    const begin = index === 0 ? 0 : this.ends[index - 1]!;
    const end = this.ends[index]!;
    return end > begin ? this.plain.slice(begin, end) : this.odd?.[index];
  }

  all(): (string | undefined)[] {
    return Array.from(this.ends, (_, index) => this.at(index));
  }
}

/** Milliseconds, if they convert back to the same text. */
function packTime(time: string | undefined): number | string | null {
  if (time === undefined) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== time ? time : ms;
}

function unpackTime(time: number | string): string {
  return typeof time === 'string' ? time : new Date(time).toISOString();
}

/** An item's name as written in paths. */
const stepOf = (name: string): string => (name.includes('/') ? name.replaceAll('/', '∕') : name);

/** The part of a path above the item: null if there is none, undefined if the path does not end with the name. */
function folderOf(path: string, step: string): string | null | undefined {
  if (path === step) return null;
  return path.endsWith(`/${step}`) ? path.slice(0, -step.length - 1) : undefined;
}

/** Distinct values, numbered in the order of their first appearance. */
export class Numbered<Value> {
  readonly values: Value[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(key: string, value: Value): number {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
}

/** A cache of the most recently used values. */
export class Recent<Value> {
  private readonly values = new Map<string, Value>();

  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.most) this.values.delete(this.values.keys().next().value!);
  }
}

/** A cache of values that are read asynchronously; simultaneous callers share one read. */
export class ReadOnce<Value> {
  private readonly kept: Recent<Value>;
  private readonly reading = new Map<string, Promise<Value | undefined>>();

  constructor(most: number) {
    this.kept = new Recent(most);
  }

  /**
   * @param isEnough whether a value that another caller read, perhaps before it grew, is sufficient; otherwise it is
   *   read again
   */
  async get(
    key: string,
    isEnough: (value: Value) => boolean,
    read: () => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const kept = this.kept.get(key);
    if (kept !== undefined && isEnough(kept)) return kept;
    const underWay = this.reading.get(key);
    const shared = underWay && (await underWay);
    if (shared !== undefined && isEnough(shared)) return shared;
    const reading = read().finally(() => {
      if (this.reading.get(key) === reading) this.reading.delete(key);
    });
    this.reading.set(key, reading);
    const value = await reading;
    if (value !== undefined) this.kept.set(key, value);
    return value;
  }
}
