/**
 * The table of reason codes: why items and transfers fail, are skipped or lose something, with the sentences for people
 * and what the engine does. Every decision about a code is made here, and the backend has no other sentence for it. The
 * portal has the same sentences in each of its languages (`texts/{en,de}/transfers.ts`).
 */
interface Reason {
  readonly title: string;
  /** What a person can do. */
  readonly advice: string;
  /**
   * What it stops: `account`: all items of the account, which wait; `transfer`: the transfer, which fails while
   * planning. Missing: one item.
   */
  readonly scope?: 'account' | 'transfer';
  /** The option that a retry needs to succeed. */
  readonly retryWith?: 'allowConversion';
  /**
   * If Google refuses a server-side copy with this code: the reason for trying the next strategy. `google_refused`:
   * limits that Google does not name.
   */
  readonly fallback?: Fallback;
  readonly is: readonly Trait[];
}

type Trait =
  /** A retry may succeed later, or after the person followed the advice. */
  | 'retryable'
  /** May mean that the account can't see the item or list. */
  | 'hidden'
  /** The item can't be shared, so files are relayed. */
  | 'unshareable'
  /** May be temporary, so sending or reading the same bytes again makes sense. */
  | 'transient'
  /** It is unknown whether a write arrived. */
  | 'unclear'
  /** May mean that the original has changed since it was listed. */
  | 'perhapsChanged'
  /** Planning can predict it. */
  | 'foreseen'
  /** The owner of the original may remove the cause, so a delta run checks the skipped items again. */
  | 'liftable'
  /** The transfer pauses: a person must change something in the destination first. */
  | 'pauses'
  /** The item was skipped because of an existing item in the destination. */
  | 'conflict';

const TABLE = {
  // What Google or a drive refuses
  not_found: {
    title: 'It is gone, or not shared with the account.',
    advice: 'Check that it still exists and is shared, then try again.',
    fallback: 'share_not_seen',
    is: ['retryable', 'hidden', 'unshareable'],
  },
  cannot_copy: {
    title: 'Its sharing settings do not let viewers copy it.',
    advice: 'Ask the owner to let viewers copy it, in its sharing settings. Then sync new changes.',
    fallback: 'copying_forbidden',
    is: ['retryable', 'foreseen', 'liftable'],
  },
  source_permission_denied: {
    title: 'The owner does not allow copying or downloading.',
    advice: 'Ask the owner to allow it, then sync new changes.',
    fallback: 'copying_forbidden',
    is: ['retryable', 'hidden', 'unshareable', 'foreseen', 'liftable'],
  },
  sharing_refused: {
    title: 'The source may not share it with the destination, not even temporarily.',
    advice:
      'It has no bytes to stream. Share it with the destination account manually, then sync new changes; or connect the source with full access and transfer it again.',
    fallback: 'sharing_refused',
    is: ['retryable', 'unshareable', 'foreseen', 'liftable'],
  },
  source_flagged: {
    title: 'Google flags it as harmful; only its owner can download it.',
    advice: 'Its owner can ask Google to review it, in Drive. Once Google no longer flags it, try again.',
    is: ['retryable'],
  },
  export_too_large: {
    title: 'Too large to convert (Google’s limit).',
    advice: 'Download it manually.',
    is: [],
  },
  destination_read_only: {
    title: 'The account cannot add items to the folder.',
    advice: 'Choose another folder, or ask for permission to edit it.',
    is: ['retryable'],
  },
  destination_storage_full: {
    title: 'The destination is full.',
    advice: 'Free some space, then resume the transfer.',
    scope: 'account',
    is: ['retryable', 'pauses'],
  },
  folder_limit: {
    title: 'The folder is full or over 100 levels deep.',
    advice: 'Choose a destination closer to the top of the drive.',
    is: ['retryable', 'foreseen'],
  },
  rate_limited: {
    title: 'Too many requests.',
    advice: 'Try again later.',
    scope: 'account',
    is: ['retryable', 'transient'],
  },
  quota_exceeded: {
    title: 'A Google limit was reached.',
    advice: 'Try again tomorrow.',
    scope: 'account',
    is: ['retryable'],
  },
  domain_policy: {
    title: 'The organisation’s policy forbids it.',
    advice: 'Ask its administrator.',
    is: ['retryable', 'unshareable'],
  },
  scope_missing: {
    title: 'The account did not grant the access that this needs.',
    advice: 'Connect it again with the Drive box ticked, or with full access.',
    is: ['retryable', 'unshareable'],
  },
  google_unavailable: {
    title: 'Google is not responding.',
    advice: 'Try again in a few minutes.',
    is: ['retryable', 'transient', 'unclear', 'perhapsChanged'],
  },
  ambiguous_write: {
    title: 'It is unclear whether Google saved this.',
    advice: 'Check the destination, then try again.',
    is: ['retryable', 'transient', 'unclear'],
  },
  id_taken: {
    title: 'An item with this ID already exists.',
    advice: 'Try again.',
    is: ['retryable'],
  },
  google_refused: {
    title: 'Google refused the request.',
    advice: 'Try again later.',
    fallback: 'copying_refused',
    is: ['retryable', 'hidden', 'unshareable', 'perhapsChanged'],
  },
  // What planning finds
  source_incomplete: {
    title: 'Google returned a partial list of a folder.',
    advice: 'Try again in a few minutes.',
    scope: 'transfer',
    is: ['retryable'],
  },
  plan_too_large: {
    title: 'CloudMover has no memory left for more items.',
    advice: 'Ask your administrator to give CloudMover more memory, or transfer fewer items at a time.',
    scope: 'transfer',
    is: ['retryable'],
  },
  contents_hidden: {
    title: 'The account can see the folder, but not its contents.',
    advice: 'Ask the owner for access, then transfer the folder again.',
    is: ['foreseen'],
  },
  too_large: {
    title: 'Larger than Drive’s limit for a file (5 TB).',
    advice: 'Split the file.',
    is: ['foreseen'],
  },
  not_copyable: {
    title: 'Google offers no way to copy files of this type.',
    advice: 'Open them at Google: some can be exported or re-created manually.',
    is: ['foreseen'],
  },
  conversion_needed: {
    title: 'Google won’t copy it for the destination: it can only be exported and imported again, with some loss.',
    advice:
      'Allow conversion for these items. Or ask the owner to let viewers copy them, in each item’s sharing settings; then sync new changes.',
    retryWith: 'allowConversion',
    is: ['foreseen', 'liftable'],
  },
  lossy: {
    title: 'Converted: exported and imported again, with some loss.',
    advice: 'Each item lists what was lost. If that matters, ask the owner to allow copying.',
    is: ['foreseen'],
  },
  shortcut_target_hidden: {
    title: 'A shortcut to something outside the selection that the destination account cannot see.',
    advice:
      'Share its target with the destination account, then retry these items; or start a transfer that includes the target.',
    is: ['retryable', 'foreseen', 'liftable'],
  },
  shortcut_dangling: {
    title: 'A shortcut to something that no longer exists or was not copied.',
    advice: 'If you want its target, select that too.',
    is: ['foreseen', 'liftable'],
  },
  // What the options exclude
  shortcut_skipped: {
    title: 'Shortcuts were left out, as chosen in the options.',
    advice: 'You don’t need to do anything.',
    is: ['foreseen'],
  },
  filtered_empty: {
    title: 'The filter left out everything in these folders, so they were not created.',
    advice: 'You don’t need to do anything.',
    is: ['foreseen'],
  },
  already_there: {
    title: 'The folder already contained an item with this name.',
    advice: 'To copy it anyway, transfer it with another setting for “Same name exists”.',
    is: ['conflict'],
  },
  identical_there: {
    title: 'The folder already contained the same content under this name.',
    advice: 'You don’t need to do anything.',
    is: ['conflict'],
  },
  not_newer: {
    title: 'The folder already contained an item with this name that is as new, or newer.',
    advice: 'To replace it anyway, transfer it with “Replace it”.',
    is: ['conflict'],
  },
  canceled: {
    title: 'The transfer was canceled before these were copied.',
    advice: 'Retry them if you need them.',
    is: ['retryable'],
  },
  // What goes wrong while copying
  source_not_found: {
    title: 'Deleted or unshared after the count.',
    advice: 'If they should still exist, check the source’s trash.',
    is: [],
  },
  source_changed: {
    title: 'Edited while being copied.',
    advice: 'Retry these items when nobody is editing them.',
    is: ['retryable', 'perhapsChanged'],
  },
  destination_folder_missing: {
    title: 'The destination folder was deleted during the transfer.',
    advice:
      'Restore the folder from the trash of the destination and retry these items, or transfer them into another folder.',
    is: ['retryable'],
  },
  target_trashed: {
    title: 'The folder that the copies go to is in the trash.',
    advice: 'Restore it in Drive.',
    is: ['retryable', 'pauses'],
  },
  folder_missing: {
    title: 'Their folder could not be created.',
    advice: 'See the folder’s row, then retry these items.',
    is: ['retryable'],
  },
  // What verification finds
  checksum_mismatch: {
    title: 'The copy differed from the original and was moved to the destination’s trash.',
    advice: 'Retry these items.',
    is: ['retryable'],
  },
  type_mismatch: {
    title: 'The copy has a different type than the original.',
    advice: 'Open both at Google and compare them.',
    is: ['retryable'],
  },
  copy_missing: {
    title: 'The copy is missing.',
    advice: 'Check whether someone deleted it in the destination, then retry these items.',
    is: ['retryable'],
  },
  copy_changed: {
    title: 'Someone changed the copy after it was verified.',
    advice: 'The copy is left as it is. If you need the original’s content, copy it manually.',
    is: [],
  },
  copy_moved: {
    title: 'Someone moved the copy during the transfer.',
    advice: 'Search for it in the destination.',
    is: [],
  },
  no_checksum: {
    title: 'Google provides no checksum, so the copy could not be compared.',
    advice: 'Open the copy to check it.',
    is: [],
  },
  // A bug, or a code of another version
  internal: {
    title: 'CloudMover had a problem.',
    advice: 'Try again; the report says what happened to each item.',
    is: ['retryable', 'unclear'],
  },
} as const satisfies Readonly<Record<string, Reason>>;

/** Why an item was skipped, failed, is unverified or lost something, or why a transfer failed. */
export type ItemCode = keyof typeof TABLE;
const REASONS: Readonly<Record<ItemCode, Reason>> = TABLE;

export const REASON_CODES = Object.keys(REASONS) as ItemCode[];

/** Codes that planning can predict for an item. */
export type ForeseenCode = {
  [Code in ItemCode]: 'foreseen' extends (typeof TABLE)[Code]['is'][number] ? Code : never;
}[ItemCode];
/** Codes of skipped items whose cause the original's owner may have removed since. */
export const CHANGEABLE_AT_SOURCE = REASON_CODES.filter((code) => REASONS[code].is.includes('liftable'));

/**
 * Returns the code if this version knows it, otherwise `internal`: a ledger may contain codes of another version, and
 * other modules' errors have codes of their own. The stored reason says what happened.
 */
export const itemCodeOf = (code: unknown): ItemCode => (isItemCode(code) ? code : 'internal');

export const reasonOf = (code: ItemCode): Reason => REASONS[code];

/** The row of a code; undefined if the table has none. */
export const reasonIfKnown = (code: unknown): Reason | undefined => (isItemCode(code) ? REASONS[code] : undefined);

const isItemCode = (code: unknown): code is ItemCode => typeof code === 'string' && Object.hasOwn(REASONS, code);

/**
 * A code with its sentences, for an outcome or an error.
 * @param detail a sentence about this occurrence, such as a name, a figure, or Google's own text
 */
export function explain<Code extends ItemCode>(
  code: Code,
  detail?: string,
): { readonly code: Code; readonly reason: string } {
  const { title, advice } = REASONS[code];
  return { code, reason: [title, detail, advice].filter(Boolean).join(' ') };
}

/** Why Google did not copy an item. Ledgers store the position, so add new ones at the end. */
export const FALLBACKS = [
  'copying_forbidden',
  'sharing_refused',
  'source_read_only',
  'too_large_to_copy',
  'share_not_seen',
  'copying_refused',
  'copying_unavailable',
  'folder_limited',
  'shared_drive_restricted',
] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** The sentences for these. */
export const FALLBACK_REASONS: Readonly<Record<Fallback, string>> = {
  copying_forbidden: 'Its owner, or the owner’s organisation, does not allow copying.',
  sharing_refused: TABLE.sharing_refused.title,
  source_read_only: 'The source was connected as copy only, so nothing could be shared.',
  too_large_to_copy: 'It is larger than 750 GB, the largest file that Google copies.',
  share_not_seen: 'The destination did not see the share in time.',
  copying_refused: 'Google refused to copy it and did not say why.',
  copying_unavailable: 'Google’s copy kept failing.',
  shared_drive_restricted:
    'Its shared drive allows access only to its members, or only to its organisation, and the destination account is not one of them.',
  folder_limited: 'It is in a folder with limited access: a share of the folder above does not apply to it.',
};

/** Why a move kept an original, or an undo left a copy. */
export const LEFT_REASONS = {
  not_verified: 'Its copy is not verified.',
  owned_by_other: 'It belongs to someone else: only its owner can trash it.',
  copied_with_loss: 'Its copy lost some content.',
  not_chosen: 'It wasn’t selected: a shortcut pointed to it.',
  in_place: 'It was in its place already: there is no copy.',
  added_to: 'Something was added to it during the transfer.',
  holds_items: 'It still contains items.',
  edited: 'It was edited after it was copied.',
  gone: 'It is gone or no longer shared.',
  copy_changed: TABLE.copy_changed.title,
  copy_holds_items: 'It still contains items: see their rows, or open it.',
  original_lost: 'The original could not be restored from the trash, so the copy stays.',
} as const;
export type LeftReason = keyof typeof LEFT_REASONS;

/** Returns the code and sentence of a stored reason, which is one of these codes or Google's own text. */
export const leftReasonOf = (kept: string | undefined): { code?: LeftReason; reason?: string } =>
  kept !== undefined && Object.hasOwn(LEFT_REASONS, kept)
    ? { code: kept as LeftReason, reason: LEFT_REASONS[kept as LeftReason] }
    : { reason: kept };

/** What a transfer does not carry over (Google, "Create and manage files": a copy has its own history). */
export const notCarried = ({ sharing, links }: { readonly sharing?: object; readonly links?: string }): string[] => [
  ...(sharing ? [] : ['Sharing: the copies belong to the destination account and are shared as their new folder is.']),
  'Version history: only the current content is copied.',
  'Resolved comments. Open comments and suggestions are copied only where Google itself copies Docs, Sheets and Slides.',
  ...(links === 'rewrite' ? [] : ['Links inside documents: they still lead to the originals.']),
];
