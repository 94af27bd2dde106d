import type { ItemCode, Side } from '../errors.js';
import type { ChecksumKind, Checksums, DriveAccount, ItemKind } from './drive.js';

export type TransferMode = 'copy' | 'move';

/**
 * planning → ready → running → finishing → completed | completed_with_failures; canceling → canceled; failed;
 * pausing → paused; from an end: running again (retry), updating → running (delta), undoing → undone.
 * `waiting_quota` and `needs_reconnect` are parked: like `paused`, they go on where they stopped.
 */
export type TransferState = (typeof TRANSFER_STATES)[number];

/** Of a transfer that has not ended. */
export const OPEN_STATES = [
  'planning',
  'ready',
  'running',
  'finishing',
  'updating',
  'undoing',
  'pausing',
  'paused',
  'canceling',
  'waiting_quota',
  'needs_reconnect',
] as const;
const ENDED_STATES = ['completed', 'completed_with_failures', 'canceled', 'failed', 'undone'] as const;
export const TRANSFER_STATES = [...OPEN_STATES, ...ENDED_STATES] as const;

/** Nothing happens any more by itself; a retry, a delta run or an undo may begin. */
export const TERMINAL_STATES: readonly TransferState[] = ENDED_STATES;
/** Parked states. `waiting_quota` ends automatically; `needs_reconnect` when the account's user confirms it. */
export const PARKED_STATES: readonly TransferState[] = ['waiting_quota', 'needs_reconnect'];
/** Work is being done, or is about to be: what can be paused, parked or failed. */
export const WORKING_STATES: readonly TransferState[] = [
  'planning',
  'ready',
  'running',
  'finishing',
  'updating',
  'undoing',
];

/**
 * Its items are on their way: this time counts as the transfer's own. Waiting for a person or for Google does not, nor
 * does an undo.
 */
export const ACTIVE_STATES: readonly TransferState[] = ['running', 'finishing', 'updating', 'pausing', 'canceling'];

/** What to do where the target folder holds an item of the same name already. Folders are merged by all but keepBoth. */
export type ConflictPolicy = 'keepBoth' | 'skip' | 'replace' | 'newer';
/**
 * `rebuild`: a shortcut to the copy or, when that is outside the selection, to the original; `follow`: what it points
 * at is copied in its place; `skip`: left out, and reported.
 */
export type ShortcutPolicy = 'rebuild' | 'follow' | 'skip';

/** What is taken; all that is said must hold. Folders are always walked, and made only where something goes into them. */
export interface ItemFilter {
  /** Groups of MIME types: `document`, `spreadsheet`, `presentation`, `pdf`, `image`, `video`, `audio`, `archive`, `other`. */
  readonly types?: readonly string[];
  /** Pattern of the whole name, letter case ignored: `*` any text, `?` any one character. */
  readonly name?: string;
  /** Bytes. Docs editors files and shortcuts have none and count as 0. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** RFC 3339; of the last modification. */
  readonly modifiedAfter?: string;
  readonly modifiedBefore?: string;
  /** `me` or an e-mail address. */
  readonly owner?: string;
}

/** What a transfer was asked to do. Never changes. */
export interface TransferOrder {
  readonly id: string;
  readonly mode: TransferMode;
  readonly conflict: ConflictPolicy;
  readonly shortcuts: ShortcutPolicy;
  /** Whether Docs editors files that can't be copied may be exported and imported again, with loss. */
  readonly allowConversion: boolean;
  readonly filter?: ItemFilter;
  /** A preflight: it waits, planned, to be started. */
  readonly held?: boolean;
  /** Ids of the chosen items, without repeats. */
  readonly items: readonly string[];
  readonly target: { readonly folderId: string; readonly newFolderName?: string };
  readonly source: DriveAccount & { readonly credentialId: string; readonly name: string };
  readonly destination: DriveAccount & { readonly credentialId: string; readonly name: string };
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** One item of the plan, as the source stated it when it was listed. */
export interface PlannedItem {
  /** Position in the plan; a folder's is below that of all it holds. */
  readonly ordinal: number;
  /** Ordinal of the folder it goes into; null: the target folder itself. */
  readonly parent: number | null;
  /**
   * Ordinal of the item that is shared for it: the chosen one that it came with, one that a shortcut pointed at, or one
   * below a folder that can't be shared.
   */
  readonly top: number;
  /** It is shared itself because the folder above can't be. */
  readonly isSharedAlone?: true;
  /** Names from the chosen item down, joined by "/", each "/" inside a name written as "∕". For people, not for lookups. */
  readonly path: string;
  /** Folders between it and the target folder. */
  readonly depth: number;
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
  /** Whether the copying account may: the destination, if it has access of its own; otherwise the source. */
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  /**
   * Known when it was listed: why Google will not copy it for the destination. Of a folder: of all that is in it.
   * Missing where nothing is known to prevent it.
   */
  readonly barrier?: Fallback;
  /** Of a folder: false where this account may not see what is in it. */
  readonly canListChildren?: boolean;
}

/** Files and Docs: what the batches carry. Folders are made before them, shortcuts after. */
export const isCopied = ({ kind }: { readonly kind?: ItemKind }): boolean => kind === 'file' || kind === 'google';

/** waiting → copying → checking → verified | unverified; skipped and failed from any of them. */
export type ItemState = 'waiting' | 'copying' | 'checking' | 'verified' | 'unverified' | 'skipped' | 'failed';
export const SETTLED_STATES: readonly ItemState[] = ['verified', 'unverified', 'skipped', 'failed'];

/** `created`: folders and shortcuts, which are made anew; `merged`: a folder that was there; `export`: with loss. */
export type Way = 'server_copy' | 'relay' | 'export' | 'created' | 'merged';

/** Why an item was not copied inside Google (`reasons.ts` has the words). Ledgers keep the position: only add at the end. */
export const FALLBACKS = [
  'copying_forbidden',
  'sharing_refused',
  'source_read_only',
  'too_large_to_copy',
  'share_not_seen',
  'copying_refused',
  'copying_unavailable',
  'folder_limited',
] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** What became of an item. */
export interface Outcome {
  readonly destinationId?: string;
  readonly way?: Way;
  /** Of the ways `relay` and `export`: why it was not copied inside Google. */
  readonly fallback?: Fallback;
  /** Why it is skipped, failed or unverified. */
  readonly code?: ItemCode;
  /** The same as a sentence for a person. */
  readonly reason?: string;
  readonly checksum?: { readonly kind: ChecksumKind; readonly source: string; readonly destination: string };
  /** Of a move. */
  readonly original?: 'trashed' | 'kept';
  /** Why the original was kept: a code of `LEFT_REASONS`, or what Google said. */
  readonly originalReason?: string;
  readonly webViewLink?: string;
  /** What the copy lacks, in words. */
  readonly lossy?: readonly string[];
  /** Of an undone transfer: whether the copy went to the trash, or why it stayed. */
  readonly undone?: 'trashed' | 'left';
  /** A code of `LEFT_REASONS`, or what Google said. */
  readonly undoneReason?: string;
}

export interface ItemRecord extends PlannedItem {
  readonly state: ItemState;
  readonly attempts: number;
  /** When it was last begun: epoch milliseconds, of whole seconds. Missing where it was not, or that is not known. */
  readonly triedAt?: number;
  readonly outcome: Outcome;
  /** A retry allowed that it is exported and imported again, with loss, if Google does not copy it. */
  readonly mayConvert?: true;
  /** An item of the destination that goes to the trash once the copy is verified. */
  readonly replaces?: string;
  /** The transfer's own earlier copy, of a version that a delta run found changed: it goes to the trash likewise. */
  readonly supersedes?: string;
}

/** A count that may have been cut off. */
export interface Counted {
  readonly items: number;
  /** There are more than these. */
  readonly isMore: boolean;
}

/** What the planning found out about the whole; grows while it counts. */
export interface PlanFacts {
  /** Items and bytes by the way they will probably take. */
  readonly forecast: Readonly<Partial<Record<Way | 'none', { readonly items: number; readonly bytes: number }>>>;
  /** Items that can't be copied, or only with loss, by reason code. Each is found again by `predicted`. */
  readonly problems: Readonly<Partial<Record<ItemCode, number>>>;
  /** Items outside the plan that shortcuts point at, and that are too many to be asked for; missing when there are none. */
  readonly targetsUnasked?: number;
  /** What a person decides by. Missing in plans of earlier versions. */
  readonly tallied?: {
    readonly folders: number;
    /** Items that belong to others than the source account. */
    readonly foreign: number;
    /** Items whose original a move would put into the trash, if each copy is verified. */
    readonly movable: number;
    /** Docs editors files that are carried only with loss, whether it was allowed or not. */
    readonly convertible: { readonly items: number; readonly bytes: number };
    /** Items that will lie in the target folder itself, or in the new one that is made in it. */
    readonly top?: number;
  };
  /** What the second listing found different from the first; it is in the plan. */
  readonly changedMeanwhile: { readonly added: number; readonly removed: number };
  /** Items that the filter left out. */
  readonly filteredOut: number;
  readonly deepest: number;
  readonly largestFolder: { readonly path: string; readonly children: number } | null;
  /** Names met in the target folder, of items that will be skipped or put in place of others. */
  readonly conflicts: { readonly skipped: number; readonly replaced: number; readonly merged: number };
  /** Of the destination, when it was planned: bytes; null where the drive states no limit. */
  readonly space: { readonly limit: number | null; readonly used: number } | null;
  /** What the target folder, and the shared drive that it lies in, held when it was counted; missing where not counted. */
  readonly holds?: { readonly folder?: Counted; readonly drive?: Counted };
  /** Id of the top of the source's My Drive, where all that lies in it was chosen: each item of it is one of the plan's tops. */
  readonly topId?: string;
  /** Where the source's changes go on from, by shared drive (`''`: My Drive): what a delta run reads. */
  readonly changesFrom: Readonly<Record<string, string>>;
  /** Items of the plan when it was last complete; what comes after belongs to a delta run that was broken off. */
  readonly complete?: number;
  /** Epoch milliseconds. */
  readonly plannedAt: number;
}

/** What a delta run found in the source since the plan. */
export interface DeltaFacts {
  readonly added: number;
  readonly changed: number;
  readonly renamed: number;
  /** Moved or deleted in the source, or edited in the destination: the copies were left as they are. */
  readonly left: number;
  /** Copies whose originals are as they were: there was nothing to do. */
  readonly unchanged: number;
  /** Google had no list of the changes any more: every folder was listed, and compared with the plan. */
  readonly listedAnew?: true;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A share that the transfer made, or was about to make, on the source. */
export interface GrantRecord {
  readonly itemId: string;
  /** Missing: the share was announced, and whether it was made is not known. */
  readonly permissionId?: string;
  /** Epoch milliseconds. */
  readonly madeAt?: number;
  /** When it ends by itself, epoch milliseconds; missing where it does not, or that is not known. */
  readonly expiresAt?: number;
}

/** What a reader of a transfer sees; the counts of items always add up to `found`. */
export interface TransferSnapshot {
  readonly state: TransferState;
  /** Grows with each change. */
  readonly revision: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** When it came into this state. Epoch milliseconds, as all times here. */
  readonly since?: number;
  /** Milliseconds in ACTIVE_STATES since it started, the current state included. */
  readonly activeMs: number;
  /** Of the parked states: since when, which side, and when it goes on by itself. */
  readonly parked?: { readonly side: Side; readonly since: number };
  readonly resumeAt?: number;
  /** Of a transfer that was put aside: the state that `resume` leads back to. */
  readonly resumeState?: TransferState;
  /** Sides whose account must consent again before `resume` has an effect: Google or the account ended their access. */
  readonly unconfirmed: readonly Side[];
  /** Accounts that withdrew their access, or left after the end, and when. A later consent does not remove it. */
  readonly withdrawn: Readonly<Partial<Record<Side, number>>>;
  readonly problem?: { readonly code: ItemCode; readonly detail: string };
  readonly found: number;
  readonly counts: Readonly<Record<ItemState, number>>;
  readonly bytes: { readonly found: number; readonly verified: number; readonly copying: number };
  readonly originals: { readonly trashed: number; readonly kept: number };
  readonly ways: Readonly<Record<Way, number>>;
  readonly verification: { readonly checksum: number; readonly presence: number };
  /** Failed items by reason code; those that arrived and could not be verified; and those that were left out. */
  readonly failures: Readonly<Partial<Record<ItemCode, number>>>;
  readonly unverified: Readonly<Partial<Record<ItemCode, number>>>;
  readonly skips: Readonly<Partial<Record<ItemCode, number>>>;
  readonly plan?: PlanFacts;
  readonly delta?: DeltaFacts;
  readonly undo: { readonly trashed: number; readonly left: number; readonly restored: number };
  /** `expiresAt`: when the last of the open ones ends by itself; missing when not all of them are known to. */
  readonly grants: { readonly open: number; readonly withdrawn: number; readonly expiresAt?: number };
  /** Averages over the last minute of work; 0 in states that are not ACTIVE_STATES, and when nothing arrives any more. */
  readonly rate: { readonly itemsPerSecond: number; readonly bytesPerSecond: number };
  /** How many times Google slowed an account down for what this transfer asked. */
  readonly slowDowns: number;
  /** When it did so, the last SLOW_DOWNS_KEPT times; epoch milliseconds of whole seconds, oldest first. */
  readonly slowedAt: readonly number[];
  /** How it went lately: items copied in each `everySeconds` from `from` on, the last of them being still under way. */
  readonly pace?: { readonly from: number; readonly everySeconds: number; readonly items: readonly number[] };
  /** Bytes that have passed of the items that are relayed now, by ordinal. */
  readonly underWay?: ReadonlyMap<number, number>;
  readonly resultFolderId?: string;
  /** The name that a person gave it. */
  readonly title?: string;
  /** Of the first chosen items. */
  readonly names: readonly string[];
  /** Of the folder they go to. */
  readonly targetName?: string;
}

/** Who commanded something: the log shows it to both accounts. */
export interface CommandedBy {
  readonly command: string;
  /** Sides of the transfer that the accounts of the tokens are; not empty. */
  readonly sides: readonly Side[];
}

/** Something that happened to a transfer as a whole; what happened to its items is told by them. */
export interface LedgerEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  /**
   * `state`: it came into a state; `reason`: the first of its items failed, or could not be verified, for this reason;
   * `step`: within a state it began another step, which only the timeline shows;
   * `withdrawn`: the account of `side` withdrew its access, or left after the end.
   */
  readonly kind: 'state' | 'reason' | 'step' | 'withdrawn';
  readonly state?: TransferState;
  readonly step?: TimelineStep;
  /** Of a state that a person commanded: what, and the sides whose accounts' tokens came with the command. */
  readonly by?: CommandedBy;
  /** Of `reason`, or of the problem that led to the state. */
  readonly code?: ItemCode;
  readonly detail?: string;
  /** Of `needs_reconnect` and `withdrawn`. */
  readonly side?: Side;
  /** Of `waiting_quota`: epoch milliseconds. */
  readonly resumeAt?: number;
}

/**
 * The longest that a transfer waits for Google: a day, and the hour by which bytes are counted. What is to be waited for
 * longer, or was stored so, counts as this long from when it was said.
 */
export const LONGEST_WAIT_MS = 25 * 3_600_000;

export interface ReopenOptions {
  /** Reason codes of skipped items that are taken up as well; default: those that a cancel left out. */
  readonly skipped?: readonly ItemCode[];
  readonly mayConvert?: boolean;
}

/** How many events are kept: the oldest go. */
export const EVENTS_KEPT = 500;
/** How many times of slow-downs are kept: the oldest go. */
export const SLOW_DOWNS_KEPT = 100;

/** What a stretch of a transfer's time was spent on; `wait`: paused, or parked. */
export const TIMELINE_STEPS = ['count', 'copy', 'finish', 'check', 'undo', 'wait'] as const;
export type TimelineStep = (typeof TIMELINE_STEPS)[number];

/** A stretch of a transfer's time, in epoch milliseconds. */
export interface TimelineSpan {
  readonly step: TimelineStep;
  readonly from: number;
  readonly to: number;
}

/** Items and bytes of a part of what arrived. Items without bytes (folders, Google Docs, shortcuts) count 0 bytes. */
export interface ArrivedShare {
  readonly items: number;
  readonly bytes: number;
}

/** Kinds of items as Drive groups them, in the order they are shown in. */
export const CONTENT_KINDS = [
  'folder',
  'document',
  'spreadsheet',
  'presentation',
  'form',
  'drawing',
  'pdf',
  'image',
  'video',
  'audio',
  'archive',
  'other',
  'shortcut',
] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

/**
 * What lies in the destination because of the transfer: verified and unverified items, without those that an undo took
 * back. `byKind` adds up to `items` and `bytes`; so do `byFolder`, `moreFolders` and `singleFiles` together.
 */
export interface Arrived extends ArrivedShare {
  /** Kinds that are there, in the order of CONTENT_KINDS. */
  readonly byKind: readonly (ArrivedShare & { readonly kind: ContentKind })[];
  /**
   * Folders that lie in the target folder itself, each with all that is in it and the folder itself; the largest first
   * (by items). `id`: in the destination. At most MAX_FOLDERS_SHOWN, or one fewer where `moreFolders` follows.
   */
  readonly byFolder: readonly (ArrivedShare & { readonly name: string; readonly id: string })[];
  /** The other folders. */
  readonly moreFolders?: ArrivedShare & { readonly folders: number };
  /** Files and shortcuts that lie in the target folder itself. */
  readonly singleFiles?: ArrivedShare;
}

export const MAX_FOLDERS_SHOWN = 8;

/** What is worked out once when a transfer ends, so that showing it reads no items. */
export interface Conclusion {
  /** `REPORT_FORMAT` of the report that `reportSha256` belongs to. */
  readonly format: number;
  /** Which end it belongs to, and the figures of that end: where they differ from the snapshot, it is out of date. */
  readonly of: {
    readonly finishedAt: number;
    readonly counts: Readonly<Record<ItemState, number>>;
    readonly undo: { readonly trashed: number; readonly left: number };
    readonly originals: { readonly trashed: number; readonly kept: number };
  };
  readonly arrived: Arrived;
  /** From the creation to the end, oldest first; `ready`, in which a person decides, and the time between two runs are left out. */
  readonly timeline: readonly TimelineSpan[];
  /** Lowercase hexadecimal SHA-256 of the JSON report from its second line on. */
  readonly reportSha256: string;
}

/**
 * A transfer's memory, and the truth about it: the queue may be lost, this may not. One ledger belongs to one transfer.
 * Every method is atomic, and safe to repeat after a crash. All reject with a CodedError `service_unavailable` while the
 * store cannot be reached. *Durable* means: when it resolves it outlives a loss of power.
 */
export interface Ledger {
  readonly order: TransferOrder;

  /**
   * Moves the transfer to a state if it is in one of `from`; tells whether it did. To `pausing`, `waiting_quota` and
   * `needs_reconnect` it remembers where from.
   * @param details `at`: the moment (epoch milliseconds) that counts as the change, now if left out; `by`: who commanded
   *   it, for the log; each of its sides thereby consents
   */
  advance(
    from: readonly TransferState[],
    to: TransferState,
    details?: { problem?: { code: ItemCode; detail: string }; at?: number; by?: CommandedBy },
  ): Promise<boolean>;
  /**
   * Puts a transfer aside that is in a working state; it remembers which. `side` has to consent before it resumes. What
   * arose before that side last consented is out of date and parks nothing: a request that was under way when the account
   * withdrew its access may be refused after the account has confirmed the transfer.
   */
  park(
    state: 'waiting_quota' | 'needs_reconnect',
    /** `since`: when the reason arose (epoch ms), now if not said. */
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean>;
  /**
   * From parked, pausing or paused back to where it was. Not while a side of `needs` is unconfirmed: then, if one of
   * `confirmed` was, it waits for the next one as `needs_reconnect`.
   * @param options `needs`: the sides that its work concerns (both if not given); `confirmed`: those that consent, or
   *   whose earlier consent Google accepts again (those of `by` if not given)
   * @returns whether anything changed
   */
  resume(options?: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] }): Promise<boolean>;
  /**
   * Records that the account of a side withdrew its access. What works on that side, or waits for Google, is parked for
   * it in the same step; what is paused stays so. Of a copy, an undo works on the destination alone.
   * @param onlyIfEnded records it only for a transfer that has ended
   */
  withdrawAccess(side: Side, onlyIfEnded?: boolean): Promise<void>;
  state(): Promise<TransferState>;

  /**
   * Drops a plan that was begun and not completed; answers the number of the new one, or undefined when the transfer is
   * not being planned. Of two processes that plan at the same time only the later one may go on: their lists mixed
   * would lose items.
   */
  restartPlan(): Promise<number | undefined>;
  /** The number of the next plan of a delta run, which keeps what is there; undefined when not `updating`. */
  extendPlan(): Promise<number | undefined>;
  /**
   * Adds to a plan, in the order of the ordinals and without a gap; at best PLAN_PAGE at a time. False, and nothing is
   * added, when the plan is not the newest or the transfer is neither planning nor updating. Repeating it is harmless.
   */
  append(items: readonly PlannedItem[], plan: number): Promise<boolean>;
  /** planning → ready or updating → ready, if the plan is the newest; tells whether it did. */
  completePlan(plan: number): Promise<boolean>;
  /** What the planning found; replaces what was told before. */
  tell(facts: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts }): Promise<void>;
  /** Names for the heading: of the chosen items, and of the folder they go to. */
  name(names: { readonly chosen?: readonly string[]; readonly target?: string }): Promise<void>;
  /** Gives the transfer a name of its own; undefined: takes it away. */
  entitle(title: string | undefined): Promise<void>;
  /** Fixes the id of the new folder that everything goes into, before it is made. Durable. Answers the id fixed first. */
  fixResultFolder(id: string): Promise<string>;
  /** How many further items this store has room for; undefined where it states no limit. */
  room(): Promise<number | undefined>;

  /** Records of the ordinals [from, from + count). */
  items(from: number, count: number): Promise<ItemRecord[]>;
  item(ordinal: number): Promise<ItemRecord | undefined>;
  /** The first `limit` ordinals from `from` on whose items are in one of the states; quick also in a large plan. */
  ordinals(states: readonly ItemState[], from: number, limit: number): Promise<number[]>;
  /** Puts the item as it is now in place of the one that was planned: it changed meanwhile. One that is settled stays. */
  amend(item: PlannedItem): Promise<void>;
  /** Ordinals of the planned items with these source ids; reads the whole plan once, so ask for many at a time. */
  ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  /** Notes problems that the plan foresees (reason code by ordinal), so that they can be listed without reading it all. */
  foresee(problems: ReadonlyMap<number, ItemCode>): Promise<void>;
  /** Ordinals above `after` of the foreseen problems, with their codes. */
  foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]>;
  /** That the copy of an item takes the place of an item of the destination. */
  replace(ordinal: number, existingId: string): Promise<void>;

  /**
   * Destination ids of the ordinals [from, from + ids.length), null where there is none; durable before they are used.
   * `from` and the length are those of a page of PLAN_PAGE. An item that has one keeps it.
   */
  reserveIds(from: number, ids: readonly (string | null)[]): Promise<void>;
  /**
   * Puts another destination id in place of one that turned out to be taken by something else. Durable. What is settled
   * keeps its id.
   */
  replaceId(ordinal: number, id: string): Promise<void>;
  destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>>;

  /**
   * waiting or copying → copying, one attempt more. False when the transfer no longer runs, or the item is settled.
   * @param durable for what has no pre-made id: only its attempts tell that a copy must be looked for before another
   */
  begin(ordinal: number, durable?: boolean): Promise<boolean>;
  /** copying → waiting, when the work was put off through no fault of the item. */
  release(ordinal: number): Promise<void>;
  /** Bytes of an item under way. False: stop, the transfer no longer runs. */
  progress(ordinal: number, bytes: number): Promise<boolean>;
  /** Gives an open item its final state; tells whether it did. The first word counts: a settled item stays as it is. */
  settle(item: PlannedItem, state: ItemState, outcome: Outcome): Promise<boolean>;
  /** What the closing check found different: a verified copy is gone, or one thought failed is there. Tells whether it did. */
  revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean>;
  /** Files and Docs that are neither settled nor given up. */
  openFiles(): Promise<number>;
  /** What became of the original of an item. One that was kept may be trashed later, by a run that completes the move. */
  settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void>;
  /** What an undo did with the copy of an item. Counts each once. */
  settleUndo(ordinal: number, undone: 'trashed' | 'left', reason?: string): Promise<void>;
  /** An undo brought an original, or an item that had been replaced, back from the trash. Counts each id once. */
  recordRestored(id: string): Promise<void>;

  /**
   * Failed items, and skipped ones with one of the codes `skipped`, → waiting; answers how many.
   * @param codes only items with one of these; all if not given
   * @param options `mayConvert`: they may be exported and imported again, with loss
   */
  reopen(codes?: readonly string[], options?: ReopenOptions): Promise<number>;
  /** A settled item was renamed in the source, and its copy with it. */
  rename(ordinal: number, name: string): Promise<void>;
  /**
   * A settled item that changed in the source → waiting, as it is now, to be copied under a new destination id (null:
   * none pre-made) in place of the copy there is, which its record then `supersedes`. Durable.
   */
  reopenAs(item: PlannedItem, destinationId: string | null): Promise<void>;

  /** Address of an upload under way, by which another process goes on. A credential: kept encrypted. */
  keepUpload(ordinal: number, address: string): Promise<void>;
  upload(ordinal: number): Promise<string | undefined>;
  /** Of all items that have one. */
  uploads(): Promise<{ ordinal: number; address: string }[]>;
  dropUpload(ordinal: number): Promise<void>;

  grants(): Promise<GrantRecord[]>;
  /** Writes down that a share is about to be made. Durable. */
  announceGrant(itemId: string): Promise<void>;
  /** Takes an announcement back: the share was refused. One that another worker has recorded meanwhile stays. */
  retractGrant(itemId: string): Promise<void>;
  /**
   * Writes down that it was made. The transfer is looked after until it is withdrawn, even if it has ended meanwhile.
   * @param expiresAt when it ends by itself, if it does; epoch milliseconds as `madeAt`
   */
  recordGrant(itemId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void>;
  /** Whether another transfer to the same account shares this item now. */
  sharedByOthers(itemId: string): Promise<boolean>;
  /** Gives up this transfer's claim on a share; answers whether nobody else relies on it, so that it is to be withdrawn. */
  isLastUser(itemId: string): Promise<boolean>;
  forgetGrant(itemId: string, withdrawn: boolean): Promise<void>;

  /** Counts that Google slowed an account down for what this transfer asked. One may be lost in a crash. */
  slowedDown(): Promise<void>;

  /** The snapshot's `revision` alone, as cheap as a look can be; 0 when the transfer is gone. */
  revision(): Promise<number>;
  snapshot(): Promise<TransferSnapshot>;
  /** What happened to it, oldest first; at most EVENTS_KEPT. */
  events(): Promise<LedgerEvent[]>;
  /** Notes that it began another step within its state, for the timeline. */
  noteStep(step: TimelineStep): Promise<void>;
  /** Keeps what was worked out for an end, in place of what was kept before; leaving the end drops it. */
  conclude(conclusion: Conclusion): Promise<void>;
  conclusion(): Promise<Conclusion | undefined>;
  /** After an end: gives back the memory of what neither the report nor a retry, a delta run or an undo needs. */
  shrink(): Promise<void>;
}

/** Items of a page of the plan: what is listed, packed and given ids together. */
export const PLAN_PAGE = 1_000;
