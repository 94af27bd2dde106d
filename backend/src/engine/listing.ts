import { createHash } from 'node:crypto';
import { DriveError, EngineError } from './errors.js';
import type { ItemFields, ItemPage, SourceDrive } from './ports/drive.js';

/** Attempts to list a folder while the drive reports the listing as incomplete. */
const INCOMPLETE_TRIES = 3;

/** A listing stays incomplete. The items that it lacks would be lost, so the plan fails. */
export class IncompleteListError extends EngineError<'source_incomplete'> {
  constructor() {
    super('source_incomplete');
  }
}

/**
 * Maximum number of pages of one list. With Google's 1,000 items a page this is twenty times the fullest folder, which
 * has 500,000 ("Create and populate folders"), and leaves room for pages that are shorter than requested.
 */
export const MAX_PAGES = 10_000;

/** Checks the page tokens of one list, to stop at a list that repeats itself or never ends. */
export class PageTokens {
  private readonly seen = new Set<string>();

  /** @throws DriveError `google_unavailable` if the token was repeated, or exceeds MAX_PAGES */
  next(token: string): string {
    const digest = createHash('sha256').update(token).digest('base64'); // tokens may be long
    if (this.seen.has(digest)) throw endless('Google repeated a page token of a list.');
    this.seen.add(digest);
    if (this.seen.size >= MAX_PAGES) throw endless(`Google's list has more than ${MAX_PAGES} pages.`);
    return token;
  }
}

const endless = (detail: string): DriveError => new DriveError('google_unavailable', { detail });

/** All pages of a listing. Requests a page again if the drive reports it as incomplete. */
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

/** A page of a folder's items. The first page may share a request with those of other folders. */
export const pageOfFolder = (
  drive: Pick<SourceDrive, 'children' | 'childrenInGroup'>,
  folderId: string,
  pageToken: string | undefined,
  signal: AbortSignal,
  fields?: ItemFields,
): Promise<ItemPage> =>
  pageToken === undefined
    ? drive.childrenInGroup(folderId, signal, fields)
    : drive.children(folderId, pageToken, signal, fields);
