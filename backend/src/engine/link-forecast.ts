import { forEachBounded } from './concurrency.js';
import { DocumentRefusedError, isCoded, ReconnectNeededError } from './errors.js';
import { isAccountWide, isUnavailable } from './failures.js';
import { idsIn } from './links/link-records.js';
import { documentKindOf } from './model/google-types.js';
import { DOCUMENT_KINDS, type DocumentKind, type LinkFacts, MAX_SAMPLE } from './model/links.js';
import { recordsOf } from './model/records.js';
import type { LinkedDocument } from './ports/documents.js';
import type { SourceDrive } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';

const PARALLEL = 8;
/** Multiplier of Knuth's multiplicative hash: spreads adjacent ordinals. */
const SPREAD = 2_654_435_761;

interface Candidate {
  readonly id: string;
  /** How many documents of this kind come before it in its folder. */
  readonly rank: number;
  readonly order: number;
}

/**
 * Estimates how many links a transfer will rewrite: reads a sample of the originals, spread over kinds and folders. A
 * document that cannot be read is left out; a kind whose API is off too. A used-up quota ends the sample early.
 * @returns undefined if the transfer leaves links as they are
 * @throws ReconnectNeededError
 */
export async function forecastLinks(
  ledger: Pick<Ledger, 'order' | 'items' | 'ordinalsOf'>,
  { documents }: SourceDrive,
  signal: AbortSignal,
): Promise<LinkFacts | undefined> {
  if (!ledger.order.links) return undefined;
  const samples = await candidatesOf(ledger);
  const off = new Set<DocumentKind>();
  const read: { kind: DocumentKind; document: LinkedDocument }[] = [];
  let isOver = false;
  await forEachBounded(inTurn(samples, MAX_SAMPLE), PARALLEL, async ({ kind, id }) => {
    if (isOver || off.has(kind)) return;
    try {
      read.push({ kind, document: await documents.read(id, kind, signal) });
    } catch (error) {
      if (signal.aborted || !isCoded(error) || error instanceof ReconnectNeededError) throw error;
      if (error instanceof DocumentRefusedError) {
        if (error.reason === 'api_off') off.add(kind);
      } else if (isAccountWide(error) || isUnavailable(error)) isOver = true;
    }
  });
  const planned = await ledger.ordinalsOf(new Set(read.flatMap(({ document }) => [...idsIn(document)])));
  // Any other id: only the number of links counts.
  const newIdOf = (id: string) => (planned.has(id) ? `${id}-` : undefined);
  return {
    byKind: DOCUMENT_KINDS.flatMap((kind) => {
      const { count } = samples.get(kind)!;
      if (count === 0) return [];
      const sampled = off.has(kind) ? [] : read.filter((each) => each.kind === kind);
      const links = sampled
        .flatMap(({ document }) => document.plan(newIdOf))
        .filter(({ outcome }) => outcome === 'rewritten').length;
      const estimate = sampled.length === 0 ? 0 : Math.round((links / sampled.length) * count);
      return { kind, documents: count, sampled: sampled.length, estimate };
    }),
    sample: read.filter(({ kind }) => !off.has(kind)).length,
    apiOff: DOCUMENT_KINDS.filter((kind) => off.has(kind)),
  };
}

class Sample {
  count = 0;
  private readonly inFolder = new Map<number | null, number>();
  private candidates: Candidate[] = [];

  add({ id, parent, ordinal }: { id: string; parent: number | null; ordinal: number }): void {
    this.count++;
    const rank = this.inFolder.get(parent) ?? 0;
    this.inFolder.set(parent, rank + 1);
    this.candidates.push({ id, rank, order: Math.imul(ordinal, SPREAD) >>> 0 });
    if (this.candidates.length >= 8 * MAX_SAMPLE) this.candidates = this.best();
  }

  /** The first ones take one document of each folder, then a second one, and so on. */
  best(): Candidate[] {
    return this.candidates.sort((one, other) => one.rank - other.rank || one.order - other.order).slice(0, MAX_SAMPLE);
  }
}

/** The documents that will be copied, by kind. */
async function candidatesOf(ledger: Pick<Ledger, 'items'>): Promise<ReadonlyMap<DocumentKind, Sample>> {
  const samples = new Map(DOCUMENT_KINDS.map((kind) => [kind, new Sample()]));
  for await (const item of recordsOf(ledger, ({ state }) => state === 'waiting')) {
    const kind = documentKindOf(item);
    if (kind) samples.get(kind)!.add({ id: item.sourceId, parent: item.parent, ordinal: item.ordinal });
  }
  return samples;
}

/** At most `limit` documents, of each kind in turn. */
function inTurn(
  samples: ReadonlyMap<DocumentKind, Sample>,
  limit: number,
): { readonly kind: DocumentKind; readonly id: string }[] {
  const byKind = [...samples].map(([kind, sample]) => sample.best().map(({ id }) => ({ kind, id })));
  const longest = Math.max(...byKind.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => byKind.flatMap((each) => each[index] ?? []))
    .flat()
    .slice(0, limit);
}
