import { Item } from '../../api/models/item';
import { ReasonCode } from '../../api/models/reason-code';
import { catalogue } from '../../texts/catalogue';
import { en } from '../../texts/en';

const CHECKSUMS = { md5: 'MD5', sha256: 'SHA-256' } as const;

/**
 * Title and advice for an item's reason code. In English the API's own sentences take precedence, because they may name
 * the item or quote Google. In other languages an unknown code gets the texts of `internal`.
 */
export function describeReason({ code, title, advice = '' }: { code: string; title: string; advice?: string }): {
  title: string;
  advice: string;
} {
  const { reasons } = catalogue().transfers;
  const words = Object.hasOwn(reasons, code) ? reasons[code as ReasonCode] : reasons.internal;
  const isEnglish = catalogue() === en;
  return { title: (isEnglish && title) || words[0], advice: (isEnglish && advice) || words[1] };
}

/** Why the original of a move was kept; where Google refused to trash it, Google's reason. */
const whyKept = ({ originalCode, reason }: Item): string | undefined =>
  originalCode ? catalogue().transfers.item.left[originalCode] : reason;

/** Whether an undo has taken the original of a move out of the trash again, which it does before it removes the copy. */
const isRestored = ({ original, undone }: Item): boolean => original === 'trashed' && undone === 'trashed';

/** What happened to the original of a move, and why it was kept. */
export function originalOfItem(item: Item): string {
  const { originals } = catalogue().transfers.item;
  if (item.original !== 'kept') return item.original && !isRestored(item) ? originals[item.original] : '';
  // For an item that has not arrived, the reason is already shown.
  return item.originalCode || item.state === 'verified' ? after(originals.kept, whyKept(item)) : originals.kept;
}

/** What an undo did with the copy, and why it was kept; where Google refused to trash it, Google's reason. */
export function undoOfItem({ undone, undoneCode, undoneReason }: Item): string {
  if (!undone) return '';
  const words = catalogue().transfers.item;
  return after(words.undone[undone], undoneCode ? words.left[undoneCode] : undoneReason);
}

const after = (what: string, why: string | undefined): string => (why ? `${what}: ${why}` : what);

/** How an item was copied; where not inside Google, also why not. */
export function copyMethodOf({ way, fallback, fallbackReason }: Item): string {
  if (!way) return '';
  const words = catalogue().transfers.item;
  if (!fallback || (way !== 'relay' && way !== 'export')) return words.methods[way];
  const why: string | undefined = words.fallbacks[fallback];
  return why ? words.because[way](why) : `${words.methods[way]}. ${fallbackReason}`; // a code of a later API
}

/**
 * An item's outcome, its evidence and, where Google did not copy it directly, the reason. Of a copy that an undo has dealt
 * with, only what became of it.
 */
export function storyOfItem(item: Item): string {
  if (item.undone) return undoOfItem(item);
  return item.fallback ? `${outcomeOfItem(item)}. ${copyMethodOf(item)}` : outcomeOfItem(item);
}

/** An item's outcome and its evidence. */
export function outcomeOfItem(item: Item): string {
  const { items } = catalogue().transfers;
  if (item.state !== 'verified')
    return item.code
      ? describeReason({ code: item.code, title: item.reason ?? items.states[item.state] }).title
      : items.states[item.state];
  const proof = item.checksum ? items.equal(CHECKSUMS[item.checksum.kind]) : items.readBack;
  if (!item.original || isRestored(item)) return proof;
  const end = `${proof}, ${items.original[item.original]}`;
  return item.original === 'kept' ? after(end, whyKept(item)) : end;
}
