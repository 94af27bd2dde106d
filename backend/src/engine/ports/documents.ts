import type { DocumentLink, PlannedLink } from '../links/document-links.js';
import type { NewId } from '../links/drive-addresses.js';
import type { DocumentKind } from '../model/links.js';

/** A document as it was when it was read. */
export interface LinkedDocument {
  /** The links to files in Drive, in the order of the document. */
  readonly links: readonly DocumentLink[];
  /** What would happen to each of them, in the same order; has no effect. */
  plan(newIdOf: NewId): readonly PlannedLink[];
  /**
   * Rewrites the links that `plan` reports as `rewritten`; nothing else in the document changes. Sends nothing if there
   * are none.
   * @returns the document after the change, as Google states it
   * @throws DocumentRefusedError `edited_meanwhile` if somebody has edited it since it was read: nothing is written ·
   *   DocumentRefusedError with another reason that concerns this document or the API of its kind · DriveError
   *   `ambiguous_write` if the change may have been made: read the document again
   */
  rewrite(newIdOf: NewId, signal: AbortSignal): Promise<LinkedDocument>;
}

/** Documents of an account in Google's editors. */
export interface Documents {
  /**
   * Reads the links of a document.
   * @throws DocumentRefusedError for a reason that concerns this document or the API of its kind · DriveError
   *   `rate_limited` if the quota of the API is used up
   */
  read(id: string, kind: DocumentKind, signal: AbortSignal): Promise<LinkedDocument>;
}
