import type { ItemCode } from './errors.js';
import type { Fallback } from './ports/ledger.js';

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
    title: 'Copying and downloading are forbidden by the owner.',
    advice: 'Ask the owner to allow it, then update the transfer.',
    retryable: true,
  },
  sharing_refused: {
    title: 'The source may not share it with the destination, and it has no bytes to stream.',
    advice:
      'Share it with the destination account by hand, then update the transfer; or connect the source with full access and transfer it again.',
    retryable: true,
  },
  not_copyable: {
    title: 'Google offers no way to copy files of this type.',
    advice: 'Open them at Google: some can be exported or made anew by hand.',
    retryable: false,
  },
  source_not_found: {
    title: 'Deleted or unshared after the count.',
    advice: 'Nothing to do, unless they should still be there: look into the trash of the source.',
    retryable: false,
  },
  source_changed: {
    title: 'Edited while being copied.',
    advice: 'Transfer these items again when nobody is editing them.',
    retryable: true,
  },
  source_flagged: {
    title: 'Google flags it as harmful; only its owner may fetch it.',
    advice: 'Connect the source as the owner.',
    retryable: true,
  },
  conversion_needed: {
    title: 'Google does not copy it for the destination: it can only be exported and imported again, with some loss.',
    advice:
      'Allow conversion for these items. Or let viewers copy them: the owner can allow it in the sharing settings of each; then update the transfer.',
    retryable: false,
    retryWith: 'allowConversion',
  },
  lossy: {
    title: 'Exported and made anew: something is lost on the way.',
    advice: 'See the lines of these items for what is lost; ask the owner to allow copying if that matters.',
    retryable: false,
  },
  contents_hidden: {
    title: 'The account may see the folder, but not what is in it.',
    advice: 'Ask the owner for access, then transfer the folder anew.',
    retryable: false,
  },
  too_large: {
    title: 'Larger than the largest file Drive takes (5 TB).',
    advice: 'Split the file.',
    retryable: false,
  },
  already_there: {
    title: 'An item of this name was in the folder already.',
    advice: 'Nothing to do; or transfer with another way of dealing with conflicts.',
    retryable: false,
  },
  identical_there: {
    title: 'The same content under this name was in the folder already.',
    advice: 'Nothing to do.',
    retryable: false,
  },
  not_newer: {
    title: 'The item of this name in the folder is as new, or newer.',
    advice: 'Nothing to do; or transfer with “replace”.',
    retryable: false,
  },
  shortcut_skipped: {
    title: 'Shortcuts were to be left out.',
    advice: 'Nothing to do.',
    retryable: false,
  },
  filtered_empty: {
    title: 'Folders without anything that the filter takes: not made.',
    advice: 'Nothing to do.',
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
    title: 'Nothing may be added to the folder in the destination.',
    advice: 'Choose another folder, or ask for the right to edit it.',
    retryable: true,
  },
  destination_folder_missing: {
    title: 'The folder in the destination was deleted during the transfer.',
    advice: 'Transfer these items again into a folder that stays.',
    retryable: true,
  },
  destination_storage_full: {
    title: 'The destination is full.',
    advice: 'Free some space, then transfer the rest.',
    retryable: true,
  },
  folder_missing: {
    title: 'The folder they belong into could not be made.',
    advice: 'See the folder’s own line, then transfer these items again.',
    retryable: true,
  },
  folder_limit: {
    title: 'The folder is full or over 100 levels deep.',
    advice: 'Choose a flatter place.',
    retryable: true,
  },
  checksum_mismatch: {
    title: 'The copy differed. It went to the destination’s trash.',
    advice: 'Transfer these items again.',
    retryable: true,
  },
  type_mismatch: {
    title: 'The copy is of another type than the original.',
    advice: 'Open both at Google and compare them.',
    retryable: true,
  },
  copy_missing: {
    title: 'The copy was made and verified, and was gone at the closing check.',
    advice: 'See whether somebody deleted it in the destination, then transfer these items again.',
    retryable: true,
  },
  copy_changed: {
    title: 'The copy was verified, and was changed by somebody afterwards.',
    advice: 'Nothing to do: the copy is left as it is. For the content of the original, copy it by hand.',
    retryable: false,
  },
  copy_moved: {
    title: 'The copy was moved away during the transfer.',
    advice: 'See where it is in the destination.',
    retryable: false,
  },
  no_checksum: {
    title: 'Google states no checksum, so the copy could not be compared.',
    advice: 'Open the copy and look.',
    retryable: false,
  },
  not_found: {
    title: 'Gone, or not shared with the account.',
    advice: 'See whether it still exists and is shared, then transfer these items again.',
    retryable: true,
  },
  cannot_copy: {
    title: 'Its sharing settings do not let viewers copy it.',
    advice: 'Let viewers copy it: the owner can allow it in its sharing settings. Then update the transfer.',
    retryable: true,
  },
  rate_limited: {
    title: 'Google asked to slow down too often.',
    advice: 'Transfer these items again later.',
    retryable: true,
  },
  quota_exceeded: {
    title: 'A limit of Google was used up.',
    advice: 'Transfer these items again tomorrow.',
    retryable: true,
  },
  google_refused: {
    title: 'Google refused these items, for a reason that has no name of its own.',
    advice: 'Transfer these items again; each line of the report has what Google said.',
    retryable: true,
  },
  shortcut_dangling: {
    title: 'A shortcut to something that no longer exists or was not copied.',
    advice: 'Nothing to do, unless its target is wanted: choose that too.',
    retryable: false,
  },
  shortcut_target_hidden: {
    title: 'A shortcut to something outside the selection that the destination account may not see.',
    advice:
      'Share what it points at with the destination account, or choose that too; then transfer these items again.',
    retryable: true,
  },
  canceled: {
    title: 'The transfer was canceled before these were copied.',
    advice: 'Transfer them again if they are wanted.',
    retryable: true,
  },
  id_taken: {
    title: 'Something else in the destination had the id of the copy.',
    advice: 'Transfer these items again.',
    retryable: true,
  },
  google_unavailable: {
    title: 'Google did not answer usably.',
    advice: 'Transfer these items again in a few minutes.',
    retryable: true,
  },
  ambiguous_write: {
    title: 'Google’s answers were lost again and again.',
    advice: 'Look into the destination, then transfer these items again.',
    retryable: true,
  },
  domain_policy: {
    title: 'The organisation does not allow it.',
    advice: 'Ask its administrator.',
    retryable: true,
  },
  scope_missing: {
    title: 'The account gave no access for this.',
    advice: 'Connect it again and keep the Drive box ticked.',
    retryable: true,
  },
  internal: {
    title: 'CloudMover or Google had a problem with these items.',
    advice: 'Transfer these items again; each line of the report names what happened.',
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
  copying_forbidden: 'Its owner, or the owner’s organisation, does not let it be copied.',
  sharing_refused: 'The source may not share it with the destination, not even for a while.',
  source_read_only: 'The source was connected for reading only, so that nothing could be shared.',
  too_large_to_copy: 'It is larger than the largest file that Google copies by itself (750 GB).',
  share_not_seen: 'It was shared, and the destination did not see it in time.',
  copying_refused: 'Google refused to copy it and did not say why.',
  copying_unavailable: 'Google broke off again and again while copying it.',
  folder_limited: 'It is in a folder with limited access: sharing the folder above does not reach into it.',
};

/** Sentences for why the original of a move was kept, or the copy of an undone transfer was left. */
export const LEFT_REASONS = {
  not_verified: 'Its copy is not verified.',
  owned_by_other: 'It belongs to somebody else: only its owner can trash it.',
  copied_with_loss: 'Its copy was made with loss.',
  not_chosen: 'It was not chosen: a shortcut led to it.',
  added_to: 'Something was added to it during the transfer.',
  holds_items: 'It still holds items.',
  edited: 'It was edited after it was copied.',
  gone: 'It is gone or no longer shared.',
  copy_changed: 'It was changed after the transfer.',
  copy_holds_items: 'It still holds items: see their own lines, or look into it.',
  original_lost: 'The original could not be brought back from the trash, so the copy stays.',
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
  'Comments, but for open ones and suggestions in Google Docs, Sheets and Slides that Google itself copies.',
  'Links inside documents: they still lead to the originals.',
];
