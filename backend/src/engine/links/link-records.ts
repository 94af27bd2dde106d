import type { DocumentRecord, LinkCode, LinkRecord } from '../model/links.js';
import type { LinkedDocument } from '../ports/documents.js';
import type { DocumentLink, LinkPlace, PlannedLink } from './document-links.js';
import type { NewId } from './drive-addresses.js';

/** A link's identity in a document, as far as reading it again shows it: labels change with the title of a file. */
const keyOf = ({ holder, part, container }: LinkPlace, text: string): string =>
  JSON.stringify([holder, part, container, text]);

/** The ids that the links of a document lead to. */
export const idsIn = ({ links }: Pick<LinkedDocument, 'links'>): Set<string> =>
  new Set(links.flatMap(({ address }) => ('fixed' in address ? [] : address.id)));

/** The ids of the originals that a record knows an address of a copy for. */
export const originalsIn = (record: DocumentRecord | undefined): string[] =>
  (record?.links ?? []).flatMap(({ id, newText }) => (id !== undefined && newText !== undefined ? id : []));

/** Whether a link leads, or would lead, to an earlier copy, which a later run has replaced since. */
export function isOutdated({ id, newText }: LinkRecord, ownIdOf: NewId): boolean {
  const copyId = id === undefined ? undefined : ownIdOf(id);
  return copyId !== undefined && newText !== undefined && !newText.includes(copyId);
}

/** The links of a document that was read, and where they are to lead: those to earlier copies too. */
export interface LinksNow {
  readonly links: LinkRecord[];
  readonly newIdOf: NewId;
}

/**
 * The links of a document that was read. Those that can be rewritten are `waiting`; those that an earlier record names,
 * and that lead to the copy now, are `rewritten`: their new address is in no map. Those that lead to an earlier copy are
 * `waiting` again.
 * @param ownIdOf the copies that this transfer made
 */
export function linkRecordsOf(
  document: Pick<LinkedDocument, 'links' | 'plan'>,
  newIdOf: NewId,
  ownIdOf: NewId,
  earlier: DocumentRecord | undefined,
): LinksNow {
  const known = new Map<string, LinkRecord[]>();
  for (const record of earlier?.links ?? [])
    for (const text of [record.newText, record.oldText]) {
      if (text === undefined) continue;
      const key = keyOf(record.place, text);
      const same = known.get(key);
      if (same) same.push(record);
      else known.set(key, [record]);
    }
  const planned = document.plan(newIdOf);
  const before = document.links.map(({ place, text }, index) =>
    planned[index]!.outcome === 'outside' ? known.get(keyOf(place, text))?.shift() : undefined,
  );
  const replaced = new Map<string, string>();
  document.links.forEach(({ address }, index) => {
    const { id } = before[index] ?? {};
    const copyId = id === undefined ? undefined : ownIdOf(id);
    if (copyId !== undefined && !('fixed' in address) && address.id !== copyId) replaced.set(address.id, copyId);
  });
  const currentIdOf: NewId = (id) => newIdOf(id) ?? replaced.get(id);
  const plannedAgain = replaced.size > 0 ? document.plan(currentIdOf) : planned;
  const links = document.links.map((link, index) => {
    const record = before[index];
    if (!record) return recordOf(link, plannedAgain[index]!);
    const plan = plannedAgain[index]!;
    if (plan.outcome === 'outside') return rewritten({ ...record, place: link.place });
    // As it was in the original.
    const { text, id } = record;
    return { ...recordOf(link, plan), text, ...(id !== undefined && { id }), oldText: link.text };
  });
  return { links, newIdOf: currentIdOf };
}

function recordOf({ place, text, address }: DocumentLink, plan: PlannedLink): LinkRecord {
  const link = { place, text, ...('fixed' in address ? {} : { id: address.id }) };
  switch (plan.outcome) {
    case 'outside':
      return { ...link, outcome: 'outside' };
    case 'unsupported': {
      const { reason, newText } = plan;
      return { ...link, outcome: 'unsupported', code: reason, ...(newText !== undefined && { newText }) };
    }
    case 'rewritten': {
      const { newText, needsConsent } = plan;
      return { ...link, outcome: 'waiting', newText, ...(needsConsent && { needsConsent }) };
    }
  }
}

const rewritten = ({ code: _code, oldText: _oldText, ...link }: LinkRecord): LinkRecord => ({
  ...link,
  outcome: 'rewritten',
});
const failed = (link: LinkRecord, code: LinkCode): LinkRecord => ({ ...link, outcome: 'failed', code });

/** Whether a document still has every link that a request was to rewrite, as it was before: nothing was written. */
export function isUnwritten(links: readonly LinkRecord[], document: readonly DocumentLink[]): boolean {
  const there = document.map(({ place, text }) => keyOf(place, text));
  const isThere = ({ place, text, oldText = text }: LinkRecord) => {
    const at = there.indexOf(keyOf(place, oldText));
    if (at >= 0) there.splice(at, 1);
    return at >= 0;
  };
  // First those that stay as they are: they may have the same address.
  for (const link of links) if (link.outcome !== 'waiting' && link.outcome !== 'rewritten') isThere(link);
  return links.filter(({ outcome }) => outcome === 'waiting').every(isThere);
}

export const hasWaiting = (links: readonly LinkRecord[]): boolean => links.some(({ outcome }) => outcome === 'waiting');

/** The links, of which those that wait cannot be rewritten. */
export const withFailed = (links: readonly LinkRecord[], code: LinkCode): LinkRecord[] =>
  links.map((link) => (link.outcome === 'waiting' ? failed(link, code) : link));

/**
 * What became of links after a request to rewrite those that wait: each must be in the document with its new address.
 * @param before the document that the request was planned from; it may have had such links already
 */
export function compared(
  links: readonly LinkRecord[],
  before: readonly DocumentLink[],
  after: readonly DocumentLink[],
): LinkRecord[] {
  const added = new Map<string, number>();
  const count = (all: readonly DocumentLink[], by: number) => {
    for (const { place, text } of all) {
      const key = keyOf(place, text);
      added.set(key, (added.get(key) ?? 0) + by);
    }
  };
  count(after, 1);
  count(before, -1);
  return links.map((link) => {
    if (link.outcome !== 'waiting') return link;
    const key = keyOf(link.place, link.newText!);
    const left = added.get(key) ?? 0;
    if (left <= 0) return failed(link, 'not_changed');
    added.set(key, left - 1);
    return rewritten(link);
  });
}
