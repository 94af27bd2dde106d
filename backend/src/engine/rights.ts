import { isCoded, undefinedIfNotFound } from './errors.js';
import { isHidden } from './failures.js';
import { showsContents } from './temporary-shares.js';
import type { DestinationDrive, DriveItem, SourceDrive } from './ports/drive.js';
import type { ItemRecord, PlannedItem } from './model/items.js';
import type { Fallback } from './model/reasons.js';
import type { Ledger } from './ports/ledger.js';
import { domainOf } from './address.js';

/** The two accounts: the destination copies what the source shares with it. */
interface Accounts {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
}

/** What the destination may do with an item. */
type Rights = Pick<PlannedItem, 'canCopy' | 'barrier'>;

const isOneAccount = ({ source, destination }: Accounts): boolean => source.account.sub === destination.account.sub;

type Shareable = Pick<DriveItem, 'id' | 'canShare' | 'driveId'>;

/**
 * Why a selected item, and everything below it, can't be shared with the destination; undefined if it probably can, or
 * if the destination already sees it. What an organisation forbids shows only in the attempt.
 */
export async function barrierOfTop(
  item: Shareable,
  accounts: Accounts,
  signal: AbortSignal,
  sharedDrives = new SharedDriveRules(accounts),
): Promise<Fallback | undefined> {
  if (isOneAccount(accounts)) return undefined;
  const barrier = await sharingBarrier(item, accounts, signal, sharedDrives);
  if (!barrier) return undefined;
  const seen = await accounts.destination.get(item.id, signal).catch(undefinedIfNotFound);
  return seen && showsContents(seen) ? undefined : barrier;
}

async function sharingBarrier(
  item: Shareable,
  { source }: Accounts,
  signal: AbortSignal,
  sharedDrives: SharedDriveRules,
): Promise<Fallback | undefined> {
  if (source.account.readOnly) return 'source_read_only';
  // Checked before `canShare`, which single items of a folder may have: a shared drive's restrictions apply to all its
  // items.
  if (await sharedDrives.forbidSharing(item, signal)) return 'shared_drive_restricted';
  return item.canShare === false ? 'sharing_refused' : undefined;
}

/** Finds which shared drives can't share with the destination. Reads each drive's restrictions once. */
export class SharedDriveRules {
  private readonly excluded = new Map<string, Promise<'all' | 'inside' | undefined>>();

  constructor(private readonly accounts: Accounts) {}

  /** False if the source may not read the restrictions; then only the attempt shows them. */
  async forbidSharing({ id, driveId, canShare }: Shareable, signal: AbortSignal): Promise<boolean> {
    if (!driveId) return false;
    const excluded = this.excluded.get(driveId) ?? this.readExclusion(driveId, signal);
    this.excluded.set(driveId, excluded);
    // Sharing the drive itself would make the destination a member.
    return (await excluded) === 'all' || ((await excluded) === 'inside' && (id !== driveId || canShare === false));
  }

  /**
   * `domainUsersOnly` admits people of an organisation. Drive does not list its domains; the source's address shows one
   * of them. A destination in another domain of it is tried only if it is a member.
   */
  private async readExclusion(driveId: string, signal: AbortSignal): Promise<'all' | 'inside' | undefined> {
    const { source, destination } = this.accounts;
    const { domainUsersOnly, membersOnly } = (await restrictionsSeenBy(source, driveId, signal)) ?? {};
    const isForeign = domainUsersOnly && domainOf(destination.account.email) !== domainOf(source.account.email);
    if (!isForeign && !membersOnly) return undefined;
    if (await restrictionsSeenBy(destination, driveId, signal)) return undefined;
    return isForeign ? 'all' : 'inside';
  }
}

/** Undefined for an account that is not a member of the shared drive. */
export const restrictionsSeenBy = (drive: SourceDrive | DestinationDrive, driveId: string, signal: AbortSignal) =>
  drive.restrictions(driveId, signal).catch((error: unknown) => {
    if (isHidden(error) || (isCoded(error) && error.code === 'scope_missing')) return undefined;
    throw error;
  });

/** What prevents the destination from a server-side copy of an item, as far as the source's listing shows. */
export function listedRights(
  { kind, canCopy, isClosedToReaders }: DriveItem,
  inherited: Fallback | undefined,
  accounts: Accounts,
): Rights {
  if (isOneAccount(accounts) || kind === 'shortcut') return { canCopy };
  if (inherited) return { canCopy, barrier: inherited };
  // The temporary share makes the destination a reader (Google, "Share files, folders, and drives").
  return { canCopy, ...(kind !== 'folder' && isClosedToReaders && { barrier: 'copying_forbidden' }) };
}

/**
 * The barrier of all items in a folder: that of the folder or, if its access is limited, that no share applies to its
 * contents.
 */
export const barrierBelow = (
  { isLimited }: DriveItem,
  own: Fallback | undefined,
  isTop: boolean,
  accounts: Accounts,
): Fallback | undefined => own ?? (isLimited && !isTop && !isOneAccount(accounts) ? 'folder_limited' : undefined);

/** Barriers that access of the destination's own removes, because it may give more rights than the share. */
const LIFTED: ReadonlySet<Fallback | undefined> = new Set<Fallback | undefined>([
  'copying_forbidden',
  'folder_limited',
]);

/** Whether access of the destination's own could change the listed rights of an item. */
export const isDoubtful = (item: Pick<PlannedItem, 'kind' | 'canCopy' | 'barrier'>, accounts: Accounts): boolean =>
  (item.kind === 'file' || item.kind === 'google') &&
  !isOneAccount(accounts) &&
  (item.barrier === undefined ? !item.canCopy : LIFTED.has(item.barrier));

/** The item with the destination's own rights, if it has access. */
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

/** An item of the plan with its current rights: its owner may have changed them since it was listed. */
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
