import { type LinkPlace, UNSUPPORTED_LINKS } from '../links/document-links.js';

/** What happens to links in the copied documents. Without a mode they stay as they are. */
export const LINK_MODES = ['report', 'rewrite'] as const;
export type LinkMode = (typeof LINK_MODES)[number];

/** Kinds of documents that can hold links, each with an API of its own at Google. */
export const DOCUMENT_KINDS = ['document', 'spreadsheet', 'presentation', 'form'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** Why a document cannot be read, or its links cannot be written. */
export const LINK_CODES = [
  /** The API of this kind of document is switched off in the Google Cloud project of the installation. */
  'api_off',
  /** A content restriction locks the document. */
  'document_locked',
  /** The destination account may not edit the copy. */
  'no_edit_right',
  /** Somebody has edited the copy since it was made, so it was left alone. */
  'edited_since',
  /** Somebody edits the document, so that Google refused each attempt. */
  'edited_meanwhile',
  /** The copy was deleted, or is in the trash. */
  'document_missing',
  /** The document is larger than CloudMover reads. */
  'too_large',
  /** Google accepted the change, but the document still has the old link. */
  'not_changed',
  /** Google refused it for a reason without a code of its own. */
  'refused',
] as const;
export type LinkCode = (typeof LINK_CODES)[number];

/** Why a link was not rewritten. Sentences are in `LINK_REASONS`, and for the portal in both languages. */
export const LINK_REASON_CODES = [...UNSUPPORTED_LINKS, ...LINK_CODES] as const;
export type LinkReason = (typeof LINK_REASON_CODES)[number];

/**
 * What became of a link to something in Drive. `waiting`: it leads to an original that was copied, and is not rewritten
 * (yet); `rewritten`: it leads to the copy; `outside`: it leads to something that was not copied; `unsupported`: a person
 * has to change it; `failed`: it could not be rewritten. They add up to the links that were found.
 */
export const LINK_OUTCOMES = ['waiting', 'rewritten', 'outside', 'unsupported', 'failed'] as const;
export type LinkOutcomeName = (typeof LINK_OUTCOMES)[number];

/** A link in a copy, and what became of it. */
export interface LinkRecord {
  readonly place: LinkPlace;
  /** The address or text as it was in the original. */
  readonly text: string;
  /** The id that it leads to; missing if the address has no id of a file. */
  readonly id?: string;
  readonly outcome: LinkOutcomeName;
  /** The address to the copy; missing for `outside`, and if it is not known. */
  readonly newText?: string;
  /** The address as it is in the copy, if that leads to an earlier copy, which a later run has replaced since. */
  readonly oldText?: string;
  /** Only of `unsupported` and `failed`. */
  readonly code?: LinkReason;
  /** Its formula shows data again only after a person has allowed access to the new spreadsheet. */
  readonly needsConsent?: true;
}

/** The links in the copy of one document. */
export interface DocumentRecord {
  readonly ordinal: number;
  readonly copyId: string;
  readonly kind: DocumentKind;
  /**
   * `writing`: a request that rewrites links may have been sent; `done`; `unread`: the document could not be read, so
   * that its links are not known.
   */
  readonly state: 'writing' | 'done' | 'unread';
  /** Only of `unread`. */
  readonly code?: LinkCode;
  /** In the order of the document. */
  readonly links: readonly LinkRecord[];
  /** Only of `writing`: the modification time (RFC 3339) to set again after the last request. */
  readonly modifiedTime?: string;
}

/** Links of a transfer in figures: found = waiting + rewritten + outside + unsupported + failed. */
export interface LinkCounts extends Readonly<Record<LinkOutcomeName, number>> {
  readonly found: number;
  /** Numbers of `unsupported` and `failed` links by code. */
  readonly reasons: Readonly<Partial<Record<LinkReason, number>>>;
  /** Documents with a record; `unread`: those that could not be read, by code; `apiOff`: those with `api_off`, by kind. */
  readonly documents: {
    readonly read: number;
    readonly unread: Readonly<Partial<Record<LinkCode, number>>>;
    readonly apiOff: Readonly<Partial<Record<DocumentKind, number>>>;
  };
}

/** How many links a transfer will probably rewrite, estimated from a sample. */
export interface LinkFacts {
  /** Kinds that occur, in the order of DOCUMENT_KINDS. `estimate`: links that lead to something in the plan. */
  readonly byKind: readonly {
    readonly kind: DocumentKind;
    readonly documents: number;
    readonly sampled: number;
    readonly estimate: number;
  }[];
  /** Documents that were read. */
  readonly sample: number;
  /** Kinds whose API is switched off, so that nothing is known about them. */
  readonly apiOff: readonly DocumentKind[];
}

/** The most documents that an estimate reads. */
export const MAX_SAMPLE = 80;
