import type { ItemCode } from '../errors.js';
import type { Fallback } from '../ports/ledger.js';

/** What a reason code of an item means to a person, and what they can do. */
export interface Reason {
  readonly title: string;
  readonly advice: string;
  /** Whether trying again later, or after the advice was followed, can help. */
  readonly retryable: boolean;
  /** The only way in which a retry can help: with this option. */
  readonly retryWith?: 'allowConversion';
}

/** Codes of skipped items that the owner of the original may have lifted since: an update checks them again. */
export const CHANGEABLE_AT_SOURCE: readonly ItemCode[] = [
  'conversion_needed',
  'cannot_copy',
  'sharing_refused',
  'source_permission_denied',
  'shortcut_target_hidden',
  'shortcut_dangling',
];

const REASONS: Readonly<Record<ItemCode, Reason>> = {
  source_permission_denied: {
    title: 'The owner does not allow copying or downloading.',
    advice: 'Ask the owner to allow it, then sync new changes.',
    retryable: true,
  },
  sharing_refused: {
    title: 'The source may not share it with the destination, and it has no bytes to stream.',
    advice:
      'Share it with the destination account manually, then sync new changes; or connect the source with full access and transfer it again.',
    retryable: true,
  },
  not_copyable: {
    title: 'Google offers no way to copy files of this type.',
    advice: 'Open them at Google: some can be exported or re-created manually.',
    retryable: false,
  },
  source_not_found: {
    title: 'Deleted or unshared after the count.',
    advice: 'If they should still exist, check the source’s trash.',
    retryable: false,
  },
  source_changed: {
    title: 'Edited while being copied.',
    advice: 'Transfer these items again when nobody is editing them.',
    retryable: true,
  },
  source_flagged: {
    title: 'Google flags it as harmful; only its owner can download it.',
    advice: 'Connect the source as the owner.',
    retryable: true,
  },
  conversion_needed: {
    title: 'Google won’t copy it for the destination: it can only be exported and imported again, with some loss.',
    advice:
      'Allow conversion for these items. Or ask the owner to let viewers copy them, in each item’s sharing settings; then sync new changes.',
    retryable: false,
    retryWith: 'allowConversion',
  },
  lossy: {
    title: 'Converted: exported and imported again, with some loss.',
    advice: 'Each item lists what was lost. If that matters, ask the owner to allow copying.',
    retryable: false,
  },
  contents_hidden: {
    title: 'The account can see the folder, but not its contents.',
    advice: 'Ask the owner for access, then transfer the folder again.',
    retryable: false,
  },
  too_large: {
    title: 'Larger than Drive’s limit for a file (5 TB).',
    advice: 'Split the file.',
    retryable: false,
  },
  already_there: {
    title: 'The folder already contained an item with this name.',
    advice: 'To copy it anyway, transfer it with another setting for “Same name exists”.',
    retryable: false,
  },
  identical_there: {
    title: 'The folder already contained the same content under this name.',
    advice: 'You don’t need to do anything.',
    retryable: false,
  },
  not_newer: {
    title: 'The folder already contained an item with this name that is as new, or newer.',
    advice: 'To replace it anyway, transfer it with “Replace it”.',
    retryable: false,
  },
  shortcut_skipped: {
    title: 'Shortcuts were left out, as chosen in the options.',
    advice: 'You don’t need to do anything.',
    retryable: false,
  },
  filtered_empty: {
    title: 'The filter left out everything in these folders, so they were not created.',
    advice: 'You don’t need to do anything.',
    retryable: false,
  },
  source_incomplete: {
    title: 'Google returned a partial list of a folder.',
    advice: 'Try again in a few minutes.',
    retryable: true,
  },
  plan_too_large: {
    title: 'CloudMover has no memory left for more items.',
    advice: 'Ask its operator to give Redis more memory, or transfer fewer items at a time.',
    retryable: true,
  },
  export_too_large: {
    title: 'Too large to convert (Google’s limit).',
    advice: 'Download it by hand.',
    retryable: false,
  },
  destination_read_only: {
    title: 'The account cannot add items to the destination folder.',
    advice: 'Choose another folder, or ask for permission to edit it.',
    retryable: true,
  },
  destination_folder_missing: {
    title: 'The destination folder was deleted during the transfer.',
    advice: 'Transfer these items again into another folder.',
    retryable: true,
  },
  destination_storage_full: {
    title: 'The destination is full.',
    advice: 'Free some space, then transfer the rest.',
    retryable: true,
  },
  folder_missing: {
    title: 'Their folder could not be created.',
    advice: 'See the folder’s row, then transfer these items again.',
    retryable: true,
  },
  folder_limit: {
    title: 'The folder is full or over 100 levels deep.',
    advice: 'Choose a destination closer to the top of the drive.',
    retryable: true,
  },
  checksum_mismatch: {
    title: 'The copy differed from the original and was moved to the destination’s trash.',
    advice: 'Transfer these items again.',
    retryable: true,
  },
  type_mismatch: {
    title: 'The copy has a different type than the original.',
    advice: 'Open both at Google and compare them.',
    retryable: true,
  },
  copy_missing: {
    title: 'The copy was verified, but was missing at the final check.',
    advice: 'Check whether someone deleted it in the destination, then transfer these items again.',
    retryable: true,
  },
  copy_changed: {
    title: 'Someone changed the copy after it was verified.',
    advice: 'The copy is left as it is. If you need the original’s content, copy it manually.',
    retryable: false,
  },
  copy_moved: {
    title: 'Someone moved the copy during the transfer.',
    advice: 'Search for it in the destination.',
    retryable: false,
  },
  no_checksum: {
    title: 'Google provides no checksum, so the copy could not be compared.',
    advice: 'Open the copy to check it.',
    retryable: false,
  },
  not_found: {
    title: 'Gone, or not shared with the account.',
    advice: 'Check that it still exists and is shared, then transfer these items again.',
    retryable: true,
  },
  cannot_copy: {
    title: 'Its sharing settings do not let viewers copy it.',
    advice: 'Ask the owner to let viewers copy it, in its sharing settings. Then sync new changes.',
    retryable: true,
  },
  rate_limited: {
    title: 'Google asked to slow down too often.',
    advice: 'Transfer these items again later.',
    retryable: true,
  },
  quota_exceeded: {
    title: 'A Google limit was reached.',
    advice: 'Transfer these items again tomorrow.',
    retryable: true,
  },
  google_refused: {
    title: 'Google refused these items for a reason that CloudMover does not know.',
    advice: 'Transfer these items again; the report quotes Google’s reason for each.',
    retryable: true,
  },
  shortcut_dangling: {
    title: 'A shortcut to something that no longer exists or was not copied.',
    advice: 'If you want its target, select that too.',
    retryable: false,
  },
  shortcut_target_hidden: {
    title: 'A shortcut to something outside the selection that the destination account cannot see.',
    advice: 'Share its target with the destination account, or select that too; then transfer these items again.',
    retryable: true,
  },
  canceled: {
    title: 'The transfer was canceled before these were copied.',
    advice: 'Transfer them again if you need them.',
    retryable: true,
  },
  id_taken: {
    title: 'Something else in the destination had the id of the copy.',
    advice: 'Transfer these items again.',
    retryable: true,
  },
  google_unavailable: {
    title: 'Google did not respond properly.',
    advice: 'Transfer these items again in a few minutes.',
    retryable: true,
  },
  ambiguous_write: {
    title: 'Google’s responses were lost several times.',
    advice: 'Check the destination, then transfer these items again.',
    retryable: true,
  },
  domain_policy: {
    title: 'The organisation does not allow it.',
    advice: 'Ask its administrator.',
    retryable: true,
  },
  scope_missing: {
    title: 'The account did not grant access for this.',
    advice: 'Connect it again and keep the Drive box ticked.',
    retryable: true,
  },
  internal: {
    title: 'CloudMover or Google had a problem with these items.',
    advice: 'Transfer these items again; the report says what happened to each.',
    retryable: true,
  },
};

export const REASON_CODES = Object.keys(REASONS) as ItemCode[];

/**
 * A code as this version knows it. A ledger may hold one of another version, and an error of another module may carry
 * one that is no item's: both read as `internal`, and the sentence beside them says what happened.
 */
export const itemCodeOf = (code: unknown): ItemCode =>
  typeof code === 'string' && Object.hasOwn(REASONS, code) ? (code as ItemCode) : 'internal';

export const reasonOf = (code: ItemCode): Reason => REASONS[code];

/** What a plan can find wrong with an item; a preflight has sentences of its own for these. */
export const FORESEEN_CODES = [
  'contents_hidden',
  'folder_limit',
  'not_copyable',
  'source_permission_denied',
  'conversion_needed',
  'cannot_copy',
  'sharing_refused',
  'lossy',
  'too_large',
  'shortcut_target_hidden',
  'shortcut_dangling',
  'shortcut_skipped',
] as const satisfies readonly ItemCode[];
export type ForeseenCode = (typeof FORESEEN_CODES)[number];

/** Sentences for why an item was not copied inside Google. */
export const FALLBACK_REASONS: Readonly<Record<Fallback, string>> = {
  copying_forbidden: 'Its owner, or the owner’s organisation, does not allow copying.',
  sharing_refused: 'The source may not share it with the destination, not even temporarily.',
  source_read_only: 'The source was connected as copy only, so nothing could be shared.',
  too_large_to_copy: 'It is larger than 750 GB, the largest file that Google copies.',
  share_not_seen: 'The destination did not see the share in time.',
  copying_refused: 'Google refused to copy it and did not say why.',
  copying_unavailable: 'Google’s copy kept failing.',
  shared_drive_restricted:
    'Its shared drive allows access only to its members, or only to its organisation, and the destination account is not one of them.',
  folder_limited: 'It is in a folder with limited access: a share of the folder above does not apply to it.',
};

/** Sentences for why the original of a move was kept, or the copy of an undone transfer was left. */
export const LEFT_REASONS = {
  not_verified: 'Its copy is not verified.',
  owned_by_other: 'It belongs to someone else: only its owner can trash it.',
  copied_with_loss: 'Its copy lost some content.',
  not_chosen: 'It wasn’t selected: a shortcut pointed to it.',
  added_to: 'Something was added to it during the transfer.',
  holds_items: 'It still contains items.',
  edited: 'It was edited after it was copied.',
  gone: 'It is gone or no longer shared.',
  copy_changed: 'It was changed after the transfer.',
  copy_holds_items: 'It still contains items: see their rows, or open it.',
  original_lost: 'The original could not be restored from the trash, so the copy stays.',
} as const;
export type LeftReason = keyof typeof LEFT_REASONS;

/** What a ledger holds as such a reason: one of these codes, or what Google said. */
export const leftReasonOf = (kept: string | undefined): { code?: LeftReason; reason?: string } =>
  kept !== undefined && Object.hasOwn(LEFT_REASONS, kept)
    ? { code: kept as LeftReason, reason: LEFT_REASONS[kept as LeftReason] }
    : { reason: kept };

/** What no copy of a Drive item brings along (Google, "Create and manage files": a copy has its own history). */
export const NOT_CARRIED: readonly string[] = [
  'Sharing: the copies belong to the destination account and are shared as their new folder is.',
  'Earlier versions: only the current content is copied.',
  'Resolved comments. Open comments and suggestions are copied only where Google itself copies Docs, Sheets and Slides.',
  'Links inside documents: they still lead to the originals.',
];
