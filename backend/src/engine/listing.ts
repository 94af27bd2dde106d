import { createHash } from 'node:crypto';
import { DriveError, EngineError } from './errors.js';
import type { ChecksumKind, ItemPage, SourceDrive } from './ports/drive.js';

/** Attempts at a listing that the drive calls incomplete. */
const INCOMPLETE_TRIES = 3;

/** A listing stays incomplete. What is not listed would be missing, so the listing ends. */
export class IncompleteListError extends EngineError<'source_incomplete'> {
  constructor() {
    super('source_incomplete');
  }
}

/**
 * Pages of one list at most: at Google's thousand items a page twenty times the fullest folder, which has 500,000 ("Create
 * and populate folders"), and room for pages that Google makes shorter than requested.
 */
export const MAX_PAGES = 10_000;

/** Checks the page tokens of one list, so that a list that leads back to itself, or never ends, is given up. */
export class PageTokens {
  private readonly seen = new Set<string>();

  /** @throws DriveError `google_unavailable` where the token is repeated, or is one too many */
  next(token: string): string {
    const digest = createHash('sha256').update(token).digest('base64'); // tokens may be long
    if (this.seen.has(digest)) throw endless('Google repeated a page token of a list.');
    this.seen.add(digest);
    if (this.seen.size >= MAX_PAGES) throw endless(`Google's list has more than ${MAX_PAGES} pages.`);
    return token;
  }
}

const endless = (detail: string): DriveError => new DriveError('google_unavailable', { detail });

/** All pages of a listing. A page that the drive calls incomplete is requested again. */
export async function* pagesOf<Page extends { readonly nextPageToken?: string; readonly incomplete: boolean }>(
  list: (pageToken: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  const tokens = new PageTokens();
  let pageToken: string | undefined;
  for (let incomplete = 0; ;) {
    const page = await list(pageToken);
    if (page.incomplete) {
      if (++incomplete >= INCOMPLETE_TRIES) throw new IncompleteListError();
      continue;
    }
    yield page;
    if (!page.nextPageToken) return;
    pageToken = tokens.next(page.nextPageToken);
  }
}

/** A page of a folder's items. The first one is listed together with those of other folders that are listed now. */
export const pageOfFolder = (
  drive: Pick<SourceDrive, 'children' | 'childrenInGroup'>,
  folderId: string,
  pageToken: string | undefined,
  signal: AbortSignal,
  checksum?: ChecksumKind,
): Promise<ItemPage> =>
  pageToken === undefined
    ? drive.childrenInGroup(folderId, signal, checksum)
    : drive.children(folderId, pageToken, signal, checksum);
