import { LinkPlace } from '../../../api/models/link-place';
import { LinkRow } from '../../../api/models/link-row';
import { TransferLinks } from '../../../api/models/transfer-links';
import { catalogue } from '../../../texts/catalogue';

/** How many documents could not be read. */
export const unreadOf = ({ documents }: Pick<TransferLinks, 'documents'>): number =>
  documents.unread.reduce((sum, { count }) => sum + count, 0);

type Labels<Key extends string> = Readonly<Partial<Record<Key, string>>>;

/** Where a link is, as a person finds it: `Tab 1, table, “Budget”`, `Regions!B2`, `Slide 14, chart`. */
export function placeLabel({ kind, place }: Pick<LinkRow, 'kind' | 'place'>): string {
  const t = catalogue().links.place;
  if (!place) return t.document;
  const { holder, part, container, label } = place;
  // A cell is named as in a formula.
  const isCell = part === 'sheet' && label !== '';
  const isSlide = kind === 'presentation' && container !== '';
  const words = [
    isCell ? `${container}!${label}` : isSlide ? t.slide(container) : container,
    (t.parts as Labels<LinkPlace['part']>)[part],
    (t.holders as Labels<LinkPlace['holder']>)[holder],
    isCell || label === '' ? '' : t.quoted(label),
  ];
  return words.filter(Boolean).join(', ') || t.text;
}

/** What a code means, and what a person can do. @param reason the API's sentences, for a code of a later version */
export function linkReason(reason: { readonly code?: string; readonly title?: string; readonly advice?: string }) {
  const { codes, fixes } = catalogue().links;
  const { code = '', title = '', advice = '' } = reason;
  const known = codes[code];
  return known === undefined ? { title, fix: advice } : { title: known, fix: fixes[code] ?? '' };
}
