import { type DriveAddress, FIXED_ADDRESSES, type NewId, replaceAddress } from './drive-addresses.js';

/** What holds a link in a document. */
export const LINK_HOLDERS = [
  /** A linked text. If the text is the same address, it is part of the link. */
  'text',
  /** An address in a text that is no link. */
  'plain_text',
  /** A smart chip. */
  'chip',
  /** An address in a formula. */
  'formula',
  /** The link of a whole cell. */
  'cell',
  /** A note at a cell. */
  'note',
  /** A linked shape or line. */
  'shape',
  'image',
  'chart',
  'video',
  /** Where the responses to a form go. */
  'responses',
] as const;
export type LinkHolder = (typeof LINK_HOLDERS)[number];

/** The part of a document with the link. */
export const DOCUMENT_PARTS = [
  'body',
  'table',
  'header',
  'footer',
  'footnote',
  'sheet',
  'slide',
  'speaker_notes',
] as const;
export type DocumentPart = (typeof DOCUMENT_PARTS)[number];

/** Why a link to something that was copied cannot be rewritten. */
export const UNSUPPORTED_LINKS = [
  ...FIXED_ADDRESSES,
  /** Part of a suggestion that nobody has accepted or rejected. */
  'suggestion',
  /** A chart that is updated from a spreadsheet. The spreadsheet of a chart cannot be changed. */
  'linked_chart',
  /** A video in Drive. The file of a video cannot be changed. */
  'drive_video',
  /** The spreadsheet that receives the responses to a form. Google's API only reads it. */
  'form_destination',
  /** Google's API writes the links of texts only. */
  'linked_image',
  /** A link that Google's API only reads, such as that of a chart. */
  'linked_object',
  /** A formula computes the address from parts or from other cells. */
  'computed_address',
  /** Beside a chip that Google's API only reads, such as that of an event or a place. */
  'read_only_chip',
] as const;
export type UnsupportedLink = (typeof UNSUPPORTED_LINKS)[number];

/** Where a person finds a link. */
export interface LinkPlace {
  readonly holder: LinkHolder;
  readonly part: DocumentPart;
  /** The title of the tab or sheet, or the number of the slide. */
  readonly container: string;
  /** The visible text of the link, or the cell in A1 notation; empty if it has neither. */
  readonly label: string;
}

/** A link to a file in Drive, as it stands in a document. */
export interface DocumentLink {
  readonly place: LinkPlace;
  readonly text: string;
  readonly address: DriveAddress;
  /** Missing if Google can write the link. */
  readonly unsupported?: UnsupportedLink;
  /** Its formula shows data again only after a person has allowed access to the new spreadsheet. */
  readonly needsConsent?: boolean;
}

export type LinkOutcome =
  /** It leads to the copy once the requests have been executed. */
  | { readonly outcome: 'rewritten'; readonly newText: string; readonly needsConsent: boolean }
  /** What it leads to was not copied. */
  | { readonly outcome: 'outside' }
  /** A person has to change it; `newText` has the address to use, if it is known. */
  | { readonly outcome: 'unsupported'; readonly reason: UnsupportedLink; readonly newText?: string };

/** A link with what happens to it. */
export type PlannedLink = Pick<DocumentLink, 'place' | 'text'> & LinkOutcome;

/** Links that are written together, such as those of one cell. */
export interface LinkGroup<Request> {
  readonly links: readonly DocumentLink[];
  /** The requests in the order of their execution. Called if at least one of the links is to be rewritten. */
  readonly requests?: (newIdOf: NewId) => readonly Request[];
}

/** A link that is written by itself. */
export const linkGroup = <Request>(
  link: DocumentLink,
  requests?: (newId: string, newText: string) => readonly Request[],
): LinkGroup<Request> => ({
  links: [link],
  ...(requests && {
    requests: (newIdOf) => {
      const newId = newIdFor(link, newIdOf);
      return newId === undefined ? [] : requests(newId, replaceAddress(link.text, newIdOf));
    },
  }),
});

export interface RewritePlan<Request> {
  readonly links: readonly PlannedLink[];
  /** Each is one request to Google's API; empty if there is nothing to do. */
  readonly batches: readonly (readonly Request[])[];
}

const newIdFor = ({ address }: DocumentLink, newIdOf: NewId): string | undefined => {
  if ('fixed' in address) return undefined;
  const newId = newIdOf(address.id);
  return newId === address.id ? undefined : newId;
};

/**
 * Plans what happens to each link of a document. The requests are executed from its end backwards, so that none shifts
 * the place of a later one.
 * @param groups in the order of the document
 * @param newIdOf the id of the copy; undefined for what was not copied
 * @param maxRequests in one batch. The requests of one group stay together.
 */
export function planRewrite<Request>(
  groups: readonly LinkGroup<Request>[],
  newIdOf: NewId,
  maxRequests: number,
): RewritePlan<Request> {
  const planned = groups.map(({ links }) => links.map((link) => plannedLink(link, newIdOf)));
  const batches: Request[][] = [];
  for (const [index, { requests }] of [...groups.entries()].toReversed()) {
    if (!requests || planned[index]?.every(({ outcome }) => outcome !== 'rewritten')) continue;
    const added = requests(newIdOf);
    const last = batches.at(-1);
    if (last && last.length + added.length <= maxRequests) last.push(...added);
    else batches.push([...added]);
  }
  return { links: planned.flat(), batches };
}

function plannedLink(link: DocumentLink, newIdOf: NewId): PlannedLink {
  const { place, text, address, unsupported, needsConsent = false } = link;
  if ('fixed' in address) return { place, text, outcome: 'unsupported', reason: address.fixed };
  const newId = newIdFor(link, newIdOf);
  if (newId === undefined) return { place, text, outcome: 'outside' };
  // IMPORTRANGE also takes an id in place of an address.
  const newText = 'id' in address && text === address.id ? newId : replaceAddress(text, () => newId);
  if (unsupported) return { place, text, outcome: 'unsupported', reason: unsupported, newText };
  return { place, text, outcome: 'rewritten', newText, needsConsent };
}
