import type { AccessCode } from './sharing.js';

/** A reason for an outcome, in sentences. */
export interface OutcomeReason {
  readonly title: string;
  /** What a person can do; empty if the outcome is the requested one. */
  readonly advice: string;
  /** Retrying can help after the advice was followed. */
  readonly isRetryable: boolean;
}

const byChoice = (title: string): OutcomeReason => ({ title, advice: '', isRetryable: false });

/** The reasons why somebody has other access to a copy than to its original, with their sentences. */
export const ACCESS_REASONS: Readonly<Record<AccessCode, OutcomeReason>> = {
  target_folder: {
    title: 'Everyone who can open the target folder can open what is copied into it.',
    advice: 'Choose another target folder, or change who can open it.',
    isRetryable: false,
  },
  existing_folder: {
    title: 'Everyone who can open an existing folder can open what is copied into it.',
    advice: 'Change who can open that folder, or copy into a new folder.',
    isRetryable: false,
  },
  replaced_item: {
    title: 'The copy replaces an item that this person can open, and keeps its permissions.',
    advice: 'Change who can open that item, or keep both.',
    isRetryable: false,
  },
  people_map: byChoice('A line of the people map gives this person what somebody else can open.'),
  original_moved: {
    title:
      'The original was moved out of a folder that this person can open, and its copy is still in the copy of that folder.',
    advice: 'Move the copy to another folder in Drive.',
    isRetryable: false,
  },
  map_nobody: byChoice('A line of the people map leaves this person out.'),
  unmapped_dropped: byChoice('No line of the people map names this person, and such people are left out.'),
  outsider_dropped: byChoice('The person is outside the domains of both accounts, and such people are left out.'),
  link_dropped: byChoice('Links for anyone are left out.'),
  link_restricted: byChoice('Links for anyone let people read at most.'),
  owner_dropped: byChoice('The owner of the original gets no access to the copy.'),
  owner_reduced: byChoice('The owner of the original does not own the copy.'),
  account_deleted: byChoice('The account was deleted.'),
  unreadable: {
    title: 'The source account may not see who can open the item.',
    advice: 'Connect the source as the owner, or share the copy manually.',
    isRetryable: true,
  },
  role_not_available: {
    title: 'The role does not exist there, so the highest one below it is given.',
    advice: 'Add managers and content managers to the shared drive itself.',
    isRetryable: false,
  },
  expired: byChoice('The access has expired.'),
  expiry_shortened: byChoice('Access can expire within a year at most, so it expires in a year.'),
  expiry_differs: {
    title:
      'The person should have two roles that end at different times. Google keeps only one: the one that was there before, otherwise the one that lasts longer.',
    advice: 'Give the other role manually while it is needed.',
    isRetryable: false,
  },
  expiry_not_allowed: {
    title: 'Google does not let this role expire here, so it is left out.',
    advice: 'Share the copy manually.',
    isRetryable: false,
  },
  no_google_account: {
    title: 'There is no Google account with this address.',
    advice: 'Allow Google to send an e-mail to the address, or let the person create an account.',
    isRetryable: true,
  },
  domain_forbids_sharing_out: {
    title: "The destination's organisation does not allow sharing with this person.",
    advice: 'Ask its administrator.',
    isRetryable: true,
  },
  domain_forbids_sharing_in: {
    title: "The person's organisation does not allow access to what others share.",
    advice: 'Ask its administrator.',
    isRetryable: true,
  },
  link_not_permitted: {
    title: "The destination's organisation does not allow such links.",
    advice: 'Ask its administrator.',
    isRetryable: true,
  },
  license: {
    title: "The person's licence does not allow this role.",
    advice: "Ask the person's administrator for a licence with Drive.",
    isRetryable: true,
  },
  shared_drive_restricted: {
    title: 'The settings of the shared drive do not allow it.',
    advice: 'Ask a manager of the shared drive.',
    isRetryable: true,
  },
  opens_limited_folder: {
    title: 'It would also open a folder below, which has limited access at the source and could not be limited here.',
    advice: 'Limit that folder manually, then share this one.',
    isRetryable: true,
  },
  merged_folder: {
    title: 'The folder was there before, so who can open it stays as it is.',
    advice: 'Limit the folder manually, or copy into a new folder.',
    isRetryable: true,
  },
  refused: {
    title: 'Google refused it.',
    advice: 'Share the copy manually.',
    isRetryable: true,
  },
  reverted: byChoice('More access than was wanted was found, and removed at once.'),
  changed_since: byChoice('Somebody changed it after CloudMover had set it, so it stays as it is.'),
};
