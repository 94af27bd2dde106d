import type { Side } from '../errors.js';
import type { Checksums, DriveAccount, ItemKind } from './drive.js';

export type TransferMode = 'copy' | 'move';

/**
 * planning → running → finishing → completed | completed_with_failures; canceling → canceled; failed.
 * `waiting_quota` and `needs_reconnect` are parked: they go on where they stopped.
 */
export type TransferState =
  | 'planning'
  | 'running'
  | 'finishing'
  | 'canceling'
  | 'waiting_quota'
  | 'needs_reconnect'
  | 'completed'
  | 'completed_with_failures'
  | 'canceled'
  | 'failed';

export const TERMINAL_STATES: readonly TransferState[] = ['completed', 'completed_with_failures', 'canceled', 'failed'];
export const PARKED_STATES: readonly TransferState[] = ['waiting_quota', 'needs_reconnect'];

/** What a transfer was asked to do. Never changes. */
export interface TransferOrder {
  readonly id: string;
  readonly mode: TransferMode;
  /** Ids of the chosen items, without repeats. */
  readonly items: readonly string[];
  readonly target: { readonly folderId: string; readonly newFolderName?: string };
  readonly source: DriveAccount & { readonly grantId: string; readonly name: string };
  readonly destination: DriveAccount & { readonly grantId: string; readonly name: string };
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** One item of the plan, as the source stated it when it was listed. */
export interface PlannedItem {
  /** Position in the plan; a folder's is below that of all it holds. */
  readonly ordinal: number;
  /** Ordinal of the folder it goes into; null: the target folder itself. */
  readonly parent: number | null;
  /** Ordinal of the chosen item it came with. */
  readonly top: number;
  /** Names from the chosen item down, joined by "/", each "/" inside a name written as "∕". For people, not for lookups. */
  readonly path: string;
  readonly sourceId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly kind: ItemKind;
  readonly size: number | null;
  readonly checksums: Checksums;
  readonly createdTime?: string;
  readonly modifiedTime?: string;
  readonly description?: string;
  readonly starred?: boolean;
  readonly folderColor?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly shortcutTargetId?: string;
  readonly revision?: string;
  readonly ownedByMe: boolean;
  readonly canCopy: boolean;
  readonly canDownload: boolean;
}

/** Files and Docs: what the batches carry. Folders are made before them, shortcuts after. */
export const isCopied = ({ kind }: { readonly kind?: ItemKind }): boolean => kind === 'file' || kind === 'google';

/** waiting → copying → checking → verified | unverified; skipped and failed from any of them. */
export type ItemState = 'waiting' | 'copying' | 'checking' | 'verified' | 'unverified' | 'skipped' | 'failed';
export const SETTLED_STATES: readonly ItemState[] = ['verified', 'unverified', 'skipped', 'failed'];

/** `created`: folders and shortcuts, which are made anew. */
export type Way = 'server_copy' | 'relay' | 'created';

/** What became of an item. */
export interface Outcome {
  readonly destinationId?: string;
  readonly way?: Way;
  /** Why it is skipped, failed or unverified. */
  readonly code?: ItemCode;
  /** The same as a sentence for a person. */
  readonly reason?: string;
  readonly checksum?: { readonly kind: 'md5' | 'sha256'; readonly source: string; readonly destination: string };
  /** Of a move. */
  readonly original?: 'trashed' | 'kept';
  /** Why the original was kept. */
  readonly originalReason?: string;
  readonly webViewLink?: string;
}

/** Reason codes of items, beside those of DriveError. */
export type ItemCode = string;

export interface ItemRecord extends PlannedItem {
  readonly state: ItemState;
  readonly attempts: number;
  readonly outcome: Outcome;
}

/** A share that the transfer made, or was about to make, on the source. */
export interface GrantRecord {
  readonly itemId: string;
  /** Missing: the share was announced, and whether it was made is not known. */
  readonly permissionId?: string;
  /** Epoch milliseconds. */
  readonly madeAt?: number;
}

/** What a reader of a transfer sees; the counts of items always add up to `found`. */
export interface TransferSnapshot {
  readonly state: TransferState;
  /** Grows with each change. */
  readonly revision: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Of the parked states: since when, which side, and when it goes on by itself. */
  readonly parked?: { readonly side: Side; readonly since: number };
  readonly resumeAt?: number;
  readonly problem?: { readonly code: string; readonly detail: string };
  readonly found: number;
  readonly counts: Readonly<Record<ItemState, number>>;
  readonly bytes: { readonly found: number; readonly verified: number; readonly copying: number };
  readonly originals: { readonly trashed: number; readonly kept: number };
  readonly ways: Readonly<Record<Way, number>>;
  readonly verification: { readonly checksum: number; readonly presence: number };
  readonly failures: Readonly<Record<string, number>>;
  readonly grants: { readonly open: number; readonly withdrawn: number };
  /** Averages over the last minute. */
  readonly rate: { readonly itemsPerSecond: number; readonly bytesPerSecond: number };
  readonly resultFolderId?: string;
  /** Of the first chosen items. */
  readonly names: readonly string[];
  /** Of the folder they go to. */
  readonly targetName?: string;
}

/**
 * A transfer's memory, and the truth about it: the queue may be lost, this may not. One ledger belongs to one transfer.
 * Every method is atomic, and safe to repeat after a crash. All reject with a CodedError `service_unavailable` while the
 * store cannot be reached.
 */
export interface Ledger {
  readonly order: TransferOrder;

  /** Moves the transfer to a state if it is in one of `from`; tells whether it did. */
  advance(
    from: readonly TransferState[],
    to: TransferState,
    details?: { problem?: { code: string; detail: string } },
  ): Promise<boolean>;
  /** Puts a transfer aside that is planning, running or finishing; it remembers which. */
  park(
    state: 'waiting_quota' | 'needs_reconnect',
    /** `since`: when the reason arose (epoch ms), now if not said. */
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean>;
  /** Back to where it was parked. */
  resume(): Promise<boolean>;
  state(): Promise<TransferState>;

  /**
   * Drops a plan that was begun and not completed; answers the number of the new one, or undefined when the transfer is
   * not being planned. Of two processes that plan at the same time only the later one may go on: their lists mixed
   * would lose items.
   */
  restartPlan(): Promise<number | undefined>;
  /** Adds to a plan. False, and nothing is added, when it is not the newest or the transfer is not being planned. */
  append(items: readonly PlannedItem[], plan: number): Promise<boolean>;
  /** planning → running, if the plan is the newest; tells whether it did. */
  completePlan(plan: number): Promise<boolean>;
  /** Names for the heading: of the chosen items, and of the folder they go to. */
  name(names: { readonly chosen?: readonly string[]; readonly target?: string }): Promise<void>;
  /** Fixes the id of the new folder that everything goes into, before it is made. Answers the id fixed first. */
  fixResultFolder(id: string): Promise<string>;

  /** Records of the ordinals [from, from + count). */
  items(from: number, count: number): Promise<ItemRecord[]>;
  item(ordinal: number): Promise<ItemRecord | undefined>;
  /** Puts the item as it is now in place of the one that was planned: it changed meanwhile. One that is settled stays. */
  amend(item: PlannedItem): Promise<void>;
  /** Ordinal of the planned item with a source id. */
  ordinalOf(sourceId: string): Promise<number | undefined>;

  /** Destination ids, written before they are used. An item that has one keeps it; answers the ids in force. */
  reserveIds(ids: ReadonlyMap<number, string>): Promise<ReadonlyMap<number, string>>;
  /** Puts another destination id in place of one that turned out to be taken by something else. */
  replaceId(ordinal: number, id: string): Promise<void>;
  destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>>;

  /** waiting or copying → copying. False when the transfer no longer runs, or the item is settled. */
  begin(ordinal: number): Promise<boolean>;
  /** copying → waiting, when the work was put off through no fault of the item. */
  release(ordinal: number): Promise<void>;
  /** Bytes of an item under way. False: stop, the transfer no longer runs. */
  progress(ordinal: number, bytes: number): Promise<boolean>;
  /** Gives an open item its final state; tells whether it did. The first word counts: a settled item stays as it is. */
  settle(ordinal: number, state: ItemState, outcome: Outcome): Promise<boolean>;
  /** What the closing check found different: a verified copy is gone, or one thought failed is there. Tells whether it did. */
  revise(ordinal: number, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean>;
  /** Files and Docs that are neither settled nor given up. */
  openFiles(): Promise<number>;
  /** What became of the original of a verified item. */
  settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void>;

  grants(): Promise<GrantRecord[]>;
  /** Writes down that a share is about to be made. */
  announceGrant(itemId: string): Promise<void>;
  /** Takes an announcement back: the share was refused. One that another worker has recorded meanwhile stays. */
  retractGrant(itemId: string): Promise<void>;
  /** Writes down that it was made. The transfer is looked after until it is withdrawn, even if it has ended meanwhile. */
  recordGrant(itemId: string, permissionId: string, madeAt: number): Promise<void>;
  /** Whether another transfer to the same account shares this item now. */
  sharedByOthers(itemId: string): Promise<boolean>;
  /** Gives up this transfer's claim on a share; answers whether nobody else relies on it, so that it is to be withdrawn. */
  isLastUser(itemId: string): Promise<boolean>;
  forgetGrant(itemId: string, withdrawn: boolean): Promise<void>;

  snapshot(): Promise<TransferSnapshot>;
}
