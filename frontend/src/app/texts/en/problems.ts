/** What fills the gaps of an explanation; each has a general word in reserve. */
export interface ProblemSubject {
  readonly side?: 'source' | 'destination';
  readonly account?: string;
  /** The account that was connected instead of `account`. */
  readonly otherAccount?: string;
  readonly folder?: string;
  readonly traceId?: string;
}

type Explains = (about: ProblemSubject) => string;
const codes = <Code extends string>(table: Record<Code, Explains>): Record<Code, Explains> => table;

export const problems = {
  /** What happened, what is safe, what to do; by the code of the API. */
  codes: codes({
    session_expired: ({ side }) => `Your ${side ?? 'Google'} sign-in ended. Your selection is kept.`,
    token_missing: ({ side }) => `Your ${side ?? 'Google'} sign-in ended. Your selection is kept.`,
    reconnect_needed: ({ side }) =>
      `CloudMover no longer has access to the ${side ?? 'connected'} account. Your selection is kept.`,
    wrong_side: ({ side }) => `This sign-in was made for the other side. Connect the ${side ?? 'account'} again.`,
    wrong_account: ({ account, otherAccount }) =>
      `You connected ${otherAccount ?? 'another account'}; this transfer needs ${account ?? 'the one it began with'}.`,
    reauthentication_required: ({ side }) =>
      `For this, sign in to the ${side ?? 'account'} again: the last time was more than an hour ago. Nothing was changed.`,
    link_expired: () => 'This sign-in link has ended. Nothing was connected.',
    access_denied: () => 'You did not allow access at Google. Nothing was connected.',
    scope_missing: () => 'Google did not give access to Drive. Keep its box ticked.',
    state_mismatch: () => 'That sign-in began elsewhere or too long ago. Nothing was connected.',
    refresh_token_missing: () => 'Google gave no lasting access. Connect again and allow it once more.',
    account_not_allowed: () => 'Whoever runs this installation has not allowed that account.',
    sign_in_failed: () => 'Google could not complete the sign-in. Nothing was connected.',
    domain_policy: ({ account }) =>
      `${account?.split('@')[1] ?? 'The organisation of this account'} does not allow Drive apps. Ask its administrator.`,
    not_found: () => 'This item is gone or no longer shared.',
    destination_read_only: ({ folder }) => `You cannot add files to ${folder ?? 'this folder'}.`,
    destination_storage_full: ({ account }) =>
      `${account ?? 'The destination'} is full. Free space there, then start again.`,
    source_permission_denied: () => 'Copying and downloading are forbidden by the owner.',
    source_not_found: () => 'Deleted or unshared after the count.',
    source_changed: () => 'Edited while being copied. Transfer it again.',
    source_flagged: () => 'Google flags it as harmful; only its owner may fetch it.',
    export_too_large: () => 'Too large to convert (Google’s limit). Download it by hand.',
    folder_limit: () => 'The folder is full or over 100 levels deep.',
    checksum_mismatch: () => 'The copy differed. It went to the destination’s trash.',
    google_refused: () => 'Google refused this. Nothing was changed.',
    quota_exceeded: () => 'Google refuses writes for now. Transfers wait and go on by themselves.',
    rate_limited: () => 'That was too much at once. Wait a moment.',
    google_unavailable: () => 'Google does not answer at the moment. Nothing was changed.',
    service_unavailable: () => 'CloudMover cannot reach its database. Nothing was changed.',
    unreachable: () => 'CloudMover cannot be reached. Transfers do not depend on this browser.',
    transfer_not_found: () => 'No such transfer for these accounts.',
    item_not_found: () => 'This transfer has no such item.',
    session_not_found: () => 'This session has ended already.',
    transfer_state: () => 'The transfer has moved on; that is no longer possible.',
    nothing_to_retry: () => 'Nothing is left to try again.',
    rerun_expired: () =>
      'This transfer ended too long ago to sync new changes. Start a new transfer of the same items.',
    access_withdrawn: ({ side }) =>
      `The ${side ?? 'other'} account withdrew its access, or signed out everywhere, after this transfer. Start a new transfer of the same items.`,
    undo_expired: () => 'Its end is too long ago to take it back. Remove the copies by hand.',
    preflight_not_found: () => 'No such count for these accounts. Counts are kept for an hour: count again.',
    preflight_not_ready: () => 'It is still being counted. Start it when the count is complete.',
    preflight_failed: () => 'The count found something that stands in the way of a start.',
    preflight_blocked: () => 'A check stands in the way of a start. Nothing was copied.',
    too_many_transfers: () =>
      'This account has too many transfers that have not ended. Wait until one ends, or cancel one.',
    too_many_preflights: () => 'Too many counts at once. Wait until one is complete, or stop one.',
    operator_key_refused: () => 'That key is not accepted.',
    metrics_key_refused: () => 'That key is not accepted.',
    cannot_copy: () => 'The owner does not allow copying.',
    sharing_refused: () => 'The source account may not share this with the destination.',
    id_taken: () => 'Something else is there under the same id. Try again.',
    not_transferred: () => 'The file could not be transferred.',
    ambiguous_write: () => 'It is unclear whether Google took that. Look there before you repeat it.',
    refresh_token_rejected: () => 'Google does not accept that key to the account. Connect it again.',
    service_account_rejected: () => 'That service account cannot be used. Ask whoever runs this installation.',
    invalid_request: () => 'CloudMover does not accept what was entered. Check it and try again.',
    token_conflict: () => 'Two different sign-ins were used at once. Load the page again.',
    query_token_refused: () => 'Sign-ins in addresses are switched off here. Connect again.',
    idempotency_in_progress: () => 'The first request of this kind is still running. Wait a moment.',
    idempotency_conflict: () => 'This was asked before with other contents. Load the page again.',
    method_not_allowed: () =>
      'CloudMover does not take this request here. Load the page again: there may be a new version.',
    route_not_found: () => 'CloudMover does not know this address. Load the page again: there may be a new version.',
    request_timeout: () => 'The line was too slow. Nothing was changed.',
    body_too_large: () => 'That is too much for one request. Choose less.',
    expectation_failed: () => 'The client expects something of the server that it does not offer.',
    address_too_long: () => 'That is too much for one request. Choose less.',
    headers_too_large: () => 'That is too much for one request. Choose less.',
    internal: ({ traceId }) => `CloudMover had a problem. Files are untouched.${traceId ? ` Quote ${traceId}.` : ''}`,
  }),
  remedies: {
    connect: (side?: 'source' | 'destination') => (side ? `Reconnect ${side}` : 'Connect again'),
    connectAgain: 'Connect again',
    goUp: 'Go up',
    chooseAnother: 'Choose another',
    copyNote: 'Copy note for the administrator',
    tryAgain: 'Try again',
  },
  notLoaded: 'This could not be loaded',
  noteCopied: 'The note is in the clipboard.',
  noteNotCopied: 'The browser did not allow it. The note reads:',
  /** What the administrator of a Google Workspace needs to know. */
  noteForAdministrator: (account: string | undefined, address: string) =>
    `${account ?? 'An account of our organisation'} could not be connected to CloudMover at ${address}, because our ` +
    'Google Workspace does not allow this app to use Google Drive. In the Admin console: Security › Access and data ' +
    'control › API controls › Manage app access, trust the app or allow it the scope ' +
    'https://www.googleapis.com/auth/drive.',
};
