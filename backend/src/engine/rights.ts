import { undefinedIfNotFound } from './errors.js';
import { showsContents } from './temporary-shares.js';
import type { DestinationDrive, DriveItem, SourceDrive } from './ports/drive.js';
import type { Fallback, ItemRecord, Ledger, PlannedItem } from './ports/ledger.js';

/** The two accounts, of which one copies what the other shares with it. */
interface Accounts {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
}

/** How the destination comes to see an item, and what of it Google then lets it copy. */
type Rights = Pick<PlannedItem, 'canCopy' | 'barrier'>;

const isOneAccount = ({ source, destination }: Accounts): boolean => source.account.sub === destination.account.sub;

/**
 * Why a chosen item can't be shared with the destination, and nothing below it either; undefined where it probably can,
 * or where the destination sees it already. What an organisation forbids shows only in the attempt.
 */
export async function barrierOfTop(
  item: Pick<DriveItem, 'id' | 'canShare'>,
  accounts: Accounts,
  signal: AbortSignal,
): Promise<Fallback | undefined> {
  if (isOneAccount(accounts)) return undefined;
  const isReadOnly = accounts.source.account.readOnly;
  if (!isReadOnly && item.canShare !== false) return undefined;
  const seen = await accounts.destination.get(item.id, signal).catch(undefinedIfNotFound);
  if (seen && showsContents(seen)) return undefined;
  return isReadOnly ? 'source_read_only' : 'sharing_refused';
}

/** What prevents the destination from copying an item inside Google, as far as the source's listing shows. */
export function listedRights(
  { kind, canCopy, isClosedToReaders }: DriveItem,
  inherited: Fallback | undefined,
  accounts: Accounts,
): Rights {
  if (isOneAccount(accounts) || kind === 'shortcut') return { canCopy };
  if (inherited) return { canCopy, barrier: inherited };
  // By the temporary share the destination is a reader (Google, "Share files, folders, and drives").
  return { canCopy, ...(kind !== 'folder' && isClosedToReaders && { barrier: 'copying_forbidden' }) };
}

/** What holds for all that is in a folder: what holds for the folder or, if it is a limited one, that no share reaches in. */
export const barrierBelow = (
  { isLimited }: DriveItem,
  own: Fallback | undefined,
  isTop: boolean,
  accounts: Accounts,
): Fallback | undefined => own ?? (isLimited && !isTop && !isOneAccount(accounts) ? 'folder_limited' : undefined);

/** Barriers that access of the destination's own lifts: it may see more of the item than the share would show it. */
const LIFTED: ReadonlySet<Fallback | undefined> = new Set<Fallback | undefined>([
  'copying_forbidden',
  'folder_limited',
]);

/** Whether the destination's own view of an item can change what was listed of it. */
export const isDoubtful = (item: Pick<PlannedItem, 'kind' | 'canCopy' | 'barrier'>, accounts: Accounts): boolean =>
  (item.kind === 'file' || item.kind === 'google') &&
  !isOneAccount(accounts) &&
  (item.barrier === undefined ? !item.canCopy : LIFTED.has(item.barrier));

/** The item with the destination's own rights to it, if it has access. */
export async function seenByDestination<Item extends PlannedItem>(
  item: Item,
  { destination }: Pick<Accounts, 'destination'>,
  signal: AbortSignal,
): Promise<Item> {
  const seen = await destination.get(item.sourceId, signal).catch(undefinedIfNotFound);
  if (!seen) return item;
  const { barrier: _lifted, ...rest } = item;
  return { ...rest, canCopy: seen.canCopy } as Item;
}

/** An item of the plan with what may be done with it now: its owner may have changed it since it was listed. */
export async function rightsNow<Item extends PlannedItem & Pick<ItemRecord, 'mayConvert'>>(
  item: Item,
  ledger: Pick<Ledger, 'item'>,
  accounts: Accounts,
  signal: AbortSignal,
): Promise<Item> {
  const now = await accounts.source.get(item.sourceId, signal);
  const parent = item.parent === null || item.top === item.ordinal ? undefined : await ledger.item(item.parent);
  const top = parent ? await accounts.source.get((await ledger.item(item.top))!.sourceId, signal) : now;
  const inherited =
    (await barrierOfTop(top, accounts, signal)) ?? (parent?.barrier === 'folder_limited' ? parent.barrier : undefined);
  const { barrier: _before, ...rest } = item;
  const known = { ...rest, canDownload: now.canDownload, ...listedRights(now, inherited, accounts) } as Item;
  return isDoubtful(known, accounts) ? seenByDestination(known, accounts, signal) : known;
}
