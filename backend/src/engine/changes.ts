import { isHidden, undefinedIfHidden } from './failures.js';
import { PageTokens } from './listing.js';
import type { Change, ItemFields, SourceDrive } from './ports/drive.js';

/** Tokens of the source's lists of changes, by shared drive (`''`: My Drive). */
export type ChangeTokens = Readonly<Record<string, string>>;

/**
 * The token from which a drive's changes can be read later. An account that can see an item of a shared drive but is
 * not a member of that drive cannot read its changes.
 * @param driveId empty: My Drive
 * @returns undefined where the account may not read the list
 */
export function changesStartOf(driveId: string, source: SourceDrive, signal: AbortSignal): Promise<string | undefined> {
  return source.changesStart(driveId || undefined, signal).catch((error: unknown) => {
    if (driveId && isHidden(error)) return undefined;
    throw error;
  });
}

/** @returns the tokens of all these drives; none if one of them can't be read, so that a delta run lists everything */
export async function changesStartsOf(
  driveIds: Iterable<string>,
  source: SourceDrive,
  signal: AbortSignal,
): Promise<ChangeTokens> {
  const tokens: Record<string, string> = {};
  for (const driveId of driveIds) {
    const token = await changesStartOf(driveId, source, signal);
    if (token === undefined) return {};
    tokens[driveId] = token;
  }
  return tokens;
}

export interface Changes {
  /** The newest state of each changed item. */
  readonly changes: ReadonlyMap<string, Change>;
  /** Where the next run continues. */
  readonly next: ChangeTokens;
}

/** @returns undefined if there are no tokens, or Google no longer accepts them */
export async function changesSince(
  tokens: ChangeTokens,
  source: SourceDrive,
  signal: AbortSignal,
  fields?: ItemFields,
): Promise<Changes | undefined> {
  if (Object.keys(tokens).length === 0) return undefined;
  const changes = new Map<string, Change>();
  const next: Record<string, string> = {};
  for (const [driveId, start] of Object.entries(tokens)) {
    const pageTokens = new PageTokens();
    for (let token = start; ;) {
      const page = await source.changes(token, driveId || undefined, signal, fields).catch(undefinedIfHidden);
      if (!page) return undefined;
      for (const change of page.changes) changes.set(change.id, change);
      if (!page.nextPageToken) {
        next[driveId] = page.newStartToken ?? token;
        break;
      }
      token = pageTokens.next(page.nextPageToken);
    }
  }
  return { changes, next };
}
