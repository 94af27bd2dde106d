import { isCoded, undefinedIfNotFound } from './errors.js';
import { isHidden } from './failures.js';
import { showsContents } from './temporary-shares.js';
import type { DestinationDrive, DriveItem, SourceDrive } from './ports/drive.js';
import type { ItemRecord, PlannedItem } from './model/items.js';
import type { Fallback } from './model/reasons.js';
import type { Ledger } from './ports/ledger.js';

/** The two accounts, of which one copies what the other shares with it. */
interface Accounts {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
}

/** What the destination may do with an item that it sees. */
type Rights = Pick<PlannedItem, 'canCopy' | 'barrier'>;

const isOneAccount = ({ source, destination }: Accounts): boolean => source.account.sub === destination.account.sub;

type Shareable = Pick<DriveItem, 'id' | 'canShare' | 'driveId'>;

/**
 * Why a chosen item can't be shared with the destination, and nothing below it either; undefined where it probably can,
 * or where the destination sees it already. What an organisation forbids shows only in the attempt.
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
  // Before `canShare`, of which single items of a folder are free: what a shared drive forbids holds for all of them.
  if (await sharedDrives.forbidSharing(item, signal)) return 'shared_drive_restricted';
  return item.canShare === false ? 'sharing_refused' : undefined;
}

/** Which shared drives can't share with the destination. Reads each drive's restrictions once. */
export class SharedDriveRules {
  private readonly excluded = new Map<string, Promise<'all' | 'inside' | undefined>>();

  constructor(private readonly accounts: Accounts) {}

  /** False where the source may not read the restrictions: then only the attempt shows them. */
  async forbidSharing({ id, driveId, canShare }: Shareable, signal: AbortSignal): Promise<boolean> {
    if (!driveId) return false;
    const excluded = this.excluded.get(driveId) ?? this.readExclusion(driveId, signal);
    this.excluded.set(driveId, excluded);
    // Sharing the drive itself makes the destination a member.
    return (await excluded) === 'all' || ((await excluded) === 'inside' && (id !== driveId || canShare === false));
  }

  /**
   * Whom `domainUsersOnly` lets in are people of an organisation, of which Drive names no list of domains: the source's
   * own address is one of them. A destination of a second domain is tried once it is a member.
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

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();

/** Undefined for an account that is no member of the shared drive. */
const restrictionsSeenBy = (drive: SourceDrive | DestinationDrive, driveId: string, signal: AbortSignal) =>
  drive.restrictions(driveId, signal).catch((error: unknown) => {
    if (isHidden(error) || (isCoded(error) && error.code === 'scope_missing')) return undefined;
    throw error;
  });

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

/** Barriers that the destination's own access removes: it may see more of the item than the share would show. */
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

/** An item of the plan with its rights as they are now: its owner may have changed them since it was listed. */
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
