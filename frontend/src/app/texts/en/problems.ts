/** The values that an explanation mentions. Without one, it uses a general word. */
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
  /** What happened, what is safe and what to do, by the code of the API. */
  codes: codes({
    session_expired: ({ side }) => `Your ${side ?? 'Google'} sign-in ended. Your selection is kept.`,
    token_missing: ({ side }) => `Your ${side ?? 'Google'} sign-in ended. Your selection is kept.`,
    reconnect_needed: ({ side }) =>
      `CloudMover no longer has access to the ${side ?? 'connected'} account. Your selection is kept.`,
    wrong_side: ({ side }) => `This sign-in is for the other side. Connect the ${side ?? 'account'} again.`,
    wrong_account: ({ account, otherAccount }) =>
      `You connected ${otherAccount ?? 'another account'}; this transfer needs ${account ?? 'the one it was started with'}.`,
    reauthentication_required: ({ side }) =>
      `For this, sign in to the ${side ?? 'account'} again: your last sign-in was more than an hour ago. Nothing was changed.`,
    link_expired: () => 'This sign-in link has expired. Nothing was connected.',
    access_denied: () => 'You did not allow access at Google. Nothing was connected.',
    scope_missing: () =>
      'This account did not grant the access that this needs. Connect it again without “Copy only”, and keep the Drive box ticked.',
    state_mismatch: () => 'This sign-in was started in another browser, or too long ago. Nothing was connected.',
    refresh_token_missing: () => 'Google didn’t grant offline access. Connect again and allow it.',
    account_not_allowed: () => 'This account isn’t allowed here. Ask your administrator.',
    sign_in_failed: () => 'Google could not complete the sign-in. Nothing was connected.',
    domain_policy: ({ account }) =>
      `${account?.split('@')[1] ?? 'The organisation of this account'} does not allow Drive apps. Ask its administrator.`,
    not_found: () => 'This item is gone or no longer shared.',
    destination_read_only: ({ folder }) => `You cannot add files to ${folder ?? 'this folder'}.`,
    destination_storage_full: ({ account }) =>
      `${account ?? 'The destination'} is full. Free up space there, then try again.`,
    source_permission_denied: () => 'The owner does not allow copying or downloading.',
    source_not_found: () => 'Deleted or unshared after the count.',
    source_changed: () => 'Edited while being copied. Transfer it again.',
    source_flagged: () => 'Google flags it as harmful; only its owner can download it.',
    export_too_large: () => 'Too large to convert (Google’s limit). Download it manually.',
    folder_limit: () => 'The folder is full or over 100 levels deep.',
    checksum_mismatch: () => 'The copy differed from the original and was moved to the destination’s trash.',
    google_refused: () => 'Google refused this. Nothing was changed.',
    quota_exceeded: () => 'Google accepts no new files for now. Transfers wait and resume automatically.',
    rate_limited: () => 'Too many requests. Wait a moment, then try again.',
    google_unavailable: () => 'Google isn’t responding. Nothing was changed.',
    service_unavailable: () => 'CloudMover cannot reach its database. Nothing was changed.',
    unreachable: () => 'CloudMover cannot be reached. Transfers do not depend on this browser.',
    transfer_not_found: () => 'This transfer does not exist for these accounts.',
    item_not_found: () => 'This item does not exist in this transfer.',
    session_not_found: () => 'This session has already ended.',
    transfer_state: () => 'The transfer’s state has changed, so this is no longer possible.',
    nothing_to_retry: () => 'There is nothing left to retry.',
    rerun_expired: () =>
      'This transfer ended too long ago to sync new changes. Start a new transfer of the same items.',
    schedule_not_found: () => 'This transfer is not kept in sync.',
    schedule_refused: () =>
      'A move cannot be kept in sync, because each run trashes originals. Sync new changes yourself, or copy instead.',
    carry_access_refused: () =>
      'This transfer cannot carry sharing over afterwards: it already carried sharing over, its originals are in the trash, or it followed shortcuts.',
    access_withdrawn: ({ side }) =>
      `The ${side ?? 'other'} account withdrew its access, or signed out everywhere, after this transfer. Start a new transfer of the same items.`,
    undo_expired: () => 'This transfer ended too long ago to undo. Delete the copies manually.',
    preflight_not_found: () =>
      'This count does not exist for these accounts. Counts are kept for an hour: count again.',
    preflight_not_ready: () => 'The count is still running. Start when it is complete.',
    preflight_failed: () => 'The count found a problem that prevents starting.',
    preflight_blocked: () => 'A check prevents starting. Nothing was copied.',
    too_many_transfers: () =>
      'This account has too many transfers that have not ended. Wait until one ends, or cancel one.',
    too_many_preflights: () => 'Too many counts at once. Wait until one is complete, or stop one.',
    operator_key_refused: () => 'That key is not valid.',
    metrics_key_refused: () => 'That key is not valid.',
    cannot_copy: () => 'Its sharing settings do not let viewers copy it.',
    sharing_refused: () => 'The source account may not share this with the destination.',
    id_taken: () => 'Something else already has this ID. Try again.',
    not_transferred: () => 'The file could not be transferred.',
    ambiguous_write: () => 'Can’t tell whether Google saved this. Check Drive before trying again.',
    refresh_token_rejected: () => 'Google no longer accepts this account’s authorisation. Reconnect it.',
    service_account_rejected: () => 'That service account cannot be used. Ask your administrator.',
    invalid_request: () => 'CloudMover does not accept this input. Check it and try again.',
    token_conflict: () => 'Two different sign-ins were used at once. Reload the page.',
    query_token_refused: () => 'Sign-in links are disabled on this server. Connect again.',
    operator_key_needed: () => 'This needs the operator key itself. Enter it again.',
    key_scope_missing: () => 'This machine key may not do that.',
    key_not_found: () => 'This machine key no longer exists.',
    too_many_keys: () => 'There are as many machine keys as this server allows. End one first.',
    webhook_not_found: () => 'This webhook no longer exists.',
    delivery_not_found: () => 'This delivery is no longer kept.',
    address_refused: () => 'This address is on the internal network, which this server does not allow.',
    mail_off: () => 'This server sends no e-mails.',
    mail_failed: () => 'The mail server did not accept the mail. Check SMTP_URL and MAIL_FROM.',
    too_many_webhooks: () => 'There are as many webhooks as this server allows. Delete one first.',
    people_map_invalid: () => 'Lines of the people map are not valid. Correct or remove them.',
    idempotency_in_progress: () => 'The same request is still being processed. Wait a moment.',
    idempotency_conflict: () => 'This request was already sent with different details. Reload the page.',
    method_not_allowed: () =>
      'CloudMover does not support this request here. Reload the page: there may be a new version.',
    route_not_found: () => 'CloudMover does not know this address. Reload the page: there may be a new version.',
    request_timeout: () => 'The connection was too slow. Nothing was changed.',
    body_too_large: () => 'This is too much for one request. Select less.',
    expectation_failed: () => 'The request has an Expect header that the server does not support.',
    address_too_long: () => 'This is too much for one request. Select less.',
    headers_too_large: () => 'This is too much for one request. Select less.',
    internal: ({ traceId }) =>
      `CloudMover had a problem. Files are untouched.${traceId ? ` Reference: ${traceId}.` : ''}`,
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
  noteNotCopied: 'The browser did not allow copying. The note reads:',
  /** What the administrator of a Google Workspace needs to know. */
  noteForAdministrator: (account: string | undefined, address: string) =>
    `${account ?? 'An account of our organisation'} could not be connected to CloudMover at ${address}, because our ` +
    'Google Workspace does not allow this app to use Google Drive. In the Admin console: Security › Access and data ' +
    'control › API controls › Manage app access, trust the app or allow it the scope ' +
    'https://www.googleapis.com/auth/drive.',
};
