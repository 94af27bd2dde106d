import { ItemDto } from '../../api/models/item-dto';
import { catalogue } from '../../texts/catalogue';

const CHECKSUMS = { md5: 'MD5', sha256: 'SHA-256' } as const;

/** The words for a reason code of items: the page's language where it has them, else the API's own. */
export function reasonWords({ code, title, advice = '' }: { code: string; title: string; advice?: string }): {
  title: string;
  advice: string;
} {
  const known: Partial<Record<string, readonly [title: string, advice: string]>> = catalogue().transfers.reasons;
  const words = known[code];
  return words ? { title: words[0], advice: words[1] } : { title, advice };
}

/** How an item was copied; where not inside Google, also why not. */
export function wayOfItem({ way, fallback, fallbackReason }: ItemDto): string {
  if (!way) return '';
  const words = catalogue().transfers.item;
  if (!fallback || (way !== 'relay' && way !== 'export')) return words.ways[way];
  const why: string | undefined = words.fallbacks[fallback];
  return why ? words.because[way](why) : `${words.ways[way]}. ${fallbackReason}`; // a code of a later API
}

/** What became of an item, what that rests on and, where it took the longer way, why. */
export function storyOfItem(item: ItemDto): string {
  return item.fallback ? `${outcomeOfItem(item)}. ${wayOfItem(item)}` : outcomeOfItem(item);
}

/** What became of an item, and what that rests on. */
export function outcomeOfItem(item: ItemDto): string {
  const { items } = catalogue().transfers;
  if (item.reason) return reasonWords({ code: item.code ?? '', title: item.reason }).title;
  if (item.state !== 'verified') return items.states[item.state];
  const proof = item.checksum ? items.equal(CHECKSUMS[item.checksum.kind]) : items.readBack;
  return item.original ? `${proof}, ${items.original[item.original]}` : proof;
}
