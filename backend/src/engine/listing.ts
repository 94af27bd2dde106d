import { EngineError } from './errors.js';

/** Tries for a listing of which the drive says that it is incomplete. */
const INCOMPLETE_TRIES = 3;

/** What is not listed would be missing: better to stop. */
class IncompleteListError extends EngineError<'source_incomplete'> {
  constructor() {
    super('source_incomplete', 'Google returned a partial list of a folder. Try again later.');
  }
}

/** All pages of a listing; one of which the drive says that it is incomplete is asked for again. */
export async function* pagesOf<Page extends { readonly nextPageToken?: string; readonly incomplete: boolean }>(
  list: (pageToken: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let pageToken: string | undefined;
  for (let incomplete = 0; ;) {
    const page = await list(pageToken);
    if (page.incomplete) {
      if (++incomplete >= INCOMPLETE_TRIES) throw new IncompleteListError();
      continue;
    }
    yield page;
    if (!page.nextPageToken) return;
    pageToken = page.nextPageToken;
  }
}
