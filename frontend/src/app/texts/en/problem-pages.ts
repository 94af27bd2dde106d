import type { ProblemCode } from '../../api/models/problem-code';

/** The texts of a problem's page. */
export type ProblemPage = readonly [title: string, meaning: string, remedy: string];

/** The texts of `/problems`, which are loaded with that page. */
export const problemPages = {
  all: 'Problems',
  intro: 'Every error of CloudMover’s API has one of these codes; its type links to the page of that code.',
  meaning: 'What it means',
  remedy: 'What to do',
  inAnswers: 'The response’s detail describes the individual case. Include its traceId when you report it.',
  back: 'All problems',
  unknown: {
    heading: 'This code is not known here',
    text: 'It may come from a newer version of CloudMover. The response’s detail says what happened.',
  },
  codes: {
    invalid_request: [
      'The request is not valid',
      'A parameter or the body breaks a rule: a field is missing, has the wrong type, or is not known.',
      'Correct each parameter that the response lists under errors, and send the request again.',
    ],
    token_conflict: [
      'Two different tokens for one account',
      'The request has one token in a header and another in the address.',
      'Send one token for each account, in its header.',
    ],
    query_token_refused: [
      'Tokens in addresses are switched off',
      'This installation does not accept a token as a query parameter, because addresses are kept in logs.',
      'Send the token in X-Source-Token, X-Destination-Token or Authorization.',
    ],
    state_mismatch: [
      'The sign-in was started in another browser, or too long ago',
      'A sign-in must be completed within ten minutes, in the browser that started it. Nothing was connected.',
      'Connect again, in one browser.',
    ],
    link_expired: [
      'The sign-in link has expired',
      'The link was used before, or it is too old. Nothing was connected.',
      'Connect again.',
    ],
    refresh_token_missing: [
      'Google did not grant offline access',
      'Transfers run without a browser, so they need offline access, which Google did not grant.',
      'Connect again and allow it.',
    ],
    sign_in_failed: [
      'The sign-in did not succeed',
      'Google reported an error instead of a sign-in. Nothing was connected.',
      'Connect again. If it fails each time, ask your administrator to check the OAuth client.',
    ],
    refresh_token_rejected: [
      'Google does not accept the refresh token',
      'It was withdrawn, has expired, or belongs to another OAuth client.',
      'Get a new refresh token for the client of this installation.',
    ],
    service_account_rejected: [
      'The service account cannot be used',
      'Its key is wrong, or it may not act for that person.',
      'Check the key, and the domain-wide delegation with its scopes in the Google admin console.',
    ],
    token_missing: [
      'A token is missing',
      'The request needs an account’s session token and has none.',
      'Send the token in X-Source-Token, X-Destination-Token or Authorization. Connect the account if you have none.',
    ],
    session_expired: [
      'The session has ended',
      'It expired, was not used for too long, was replaced, or someone signed out. Running transfers continue.',
      'Connect the account again.',
    ],
    reconnect_needed: [
      'Google asks for a new sign-in',
      'Google has ended its access to this account, or someone withdrew it. Transfers of this account wait until you reconnect.',
      'Connect the account again.',
    ],
    metrics_key_refused: [
      'The metrics need a key',
      'In production, only METRICS_KEY gives access to the metrics.',
      'Send the key as Authorization: Bearer.',
    ],
    access_denied: [
      'Access was not allowed at Google',
      'Access was declined on Google’s page. Nothing was connected.',
      'Connect again and allow it, if you want to use this account.',
    ],
    account_not_allowed: [
      'This account may not connect here',
      'This installation accepts only certain addresses or domains.',
      'Use another account, or ask your administrator to allow this one.',
    ],
    reauthentication_required: [
      'A recent sign-in is needed',
      'This action trashes originals or withdraws access, and the account last signed in more than an hour ago. Nothing was changed.',
      'Sign in with Google again. The portal opens that page and then continues; a program must send the request again with the new token.',
    ],
    wrong_side: [
      'A token for the wrong side',
      'A source’s token was sent where a destination’s is needed, or vice versa.',
      'Send each token in the header of its side.',
    ],
    scope_missing: [
      'The account did not grant the access that this needs',
      'The box for Google Drive was not ticked on Google’s page, or the account is connected as “Copy only” and this may write to its Drive or trash items there.',
      'Connect again with the box ticked, or with full access.',
    ],
    domain_policy: [
      'The organisation’s policy forbids it',
      'An administrator of the account’s Google Workspace does not allow this app, or this kind of sharing.',
      'Ask that administrator to allow it.',
    ],
    destination_read_only: [
      'The account cannot add items to the folder',
      'The destination account cannot add items to this folder.',
      'Choose another folder, or ask its owner for permission to edit it.',
    ],
    source_permission_denied: [
      'The owner does not allow copying or downloading',
      'The source account may not read or copy this item.',
      'Ask the owner for access.',
    ],
    cannot_copy: [
      'Its sharing settings do not let viewers copy it',
      'The item’s settings prevent viewers from copying, printing and downloading it.',
      'Ask the owner to allow it, or allow conversion where the review offers it.',
    ],
    sharing_refused: [
      'The source may not share it with the destination, not even temporarily',
      'A copy inside Google requires sharing the item temporarily, which its settings or a policy forbid.',
      'CloudMover streams such files instead where it can. Otherwise ask the owner or the administrator.',
    ],
    source_flagged: [
      'Google flags it as harmful; only its owner can download it',
      'Google has found malware or abusive content in the item.',
      'Its owner can ask Google to review it, in Drive, or remove it.',
    ],
    export_too_large: [
      'Too large to convert (Google’s limit)',
      'The document exceeds Google’s size limit for conversions.',
      'Download it manually, or make it smaller.',
    ],
    folder_limit: [
      'The folder is full or over 100 levels deep',
      'Google limits the number of items in a folder and the levels of folders.',
      'Choose another destination folder.',
    ],
    operator_key_refused: [
      'The operator key was refused',
      'The key is missing or wrong, a machine key or operator session that has ended, or this installation has no operator key.',
      'Send the value of OPERATOR_KEY in X-Operator-Key, or a machine key or operator session that has not ended.',
    ],
    not_found: [
      'It is gone, or not shared with the account',
      'Google does not show it to this account. It may have been deleted, moved or unshared.',
      'Check the ID, and which account it belongs to.',
    ],
    route_not_found: [
      'No such address',
      'The API has nothing at this address.',
      'Compare the address with the API’s description at /docs.',
    ],
    method_not_allowed: [
      'This address does not support this method',
      'The address exists, but not for this method.',
      'Use one of the methods in the response’s Allow header.',
    ],
    source_changed: [
      'Edited while being copied',
      'It was edited while it was copied, so the copy would not have matched it.',
      'Transfer it again.',
    ],
    id_taken: [
      'An item with this ID already exists',
      'Another item has the ID that was reserved for the copy.',
      'Try again: CloudMover then uses a new one.',
    ],
    session_not_found: [
      'No such session',
      'It has already ended, or belongs to another account.',
      'Load the list of sessions again.',
    ],
    transfer_not_found: [
      'No such transfer',
      'It does not exist, belongs to other accounts, or ended more than 30 days ago.',
      'Check the ID, and that both tokens are those of its accounts.',
    ],
    item_not_found: [
      'No such item in the transfer',
      'The transfer has no item with this ID.',
      'Take the ID from the list of its items.',
    ],
    preflight_not_found: [
      'No such preflight',
      'It does not exist, belongs to other accounts, or is more than an hour old.',
      'Create a new one.',
    ],
    preflight_not_ready: [
      'The preflight is still counting',
      'It can be started once the count is complete.',
      'Wait until its state is ready.',
    ],
    preflight_failed: [
      'The preflight found that nothing can be started',
      'The count ended with a problem, which the preflight’s problem field explains.',
      'Fix that problem, and count again.',
    ],
    preflight_blocked: [
      'A check of the preflight blocks the start',
      'For example, the destination has too little space. Nothing was copied.',
      'Find the blocking checks in the preflight, fix their problems, and count again.',
    ],
    transfer_state: [
      'Not possible in this state',
      'The transfer’s state does not allow this command.',
      'Read its state again. Its allowedActions field lists the possible commands.',
    ],
    nothing_to_retry: [
      'There is nothing left to retry',
      'A retry cannot help any of the failed items.',
      'You don’t need to do anything.',
    ],
    rerun_expired: [
      'Too late to sync new changes',
      'New changes can be synced for 30 days after the end of the last run.',
      'Start a new transfer with the same items.',
    ],
    schedule_not_found: [
      'The transfer has no schedule',
      'No schedule was set for this transfer, or it was removed.',
      'Set one with “Keep in sync” on the page of the transfer.',
    ],
    schedule_refused: [
      'A move cannot be kept in sync by a schedule',
      'A move trashes originals, which needs a recent sign-in each time.',
      'Sync new changes yourself, or start a copy of the same items and keep that in sync.',
    ],
    carry_access_refused: [
      'This transfer cannot carry sharing over afterwards',
      'It carries sharing over already, its originals are in the trash, or it followed shortcuts.',
      'Share the copies manually, or start a new transfer that carries sharing over.',
    ],
    access_withdrawn: [
      'An account has withdrawn its access',
      'One of its accounts withdrew its access, or signed out everywhere, after this transfer.',
      'Start a new transfer with the same items.',
    ],
    wrong_account: [
      'The token is for another account',
      'This action needs the account it was started with.',
      'Connect that account.',
    ],
    undo_expired: [
      'Too late to undo',
      'A transfer can be undone for 30 days after its end.',
      'Delete the copies manually.',
    ],
    not_transferred: [
      'The file could not be transferred',
      'The transfer of the single file ended without a copy. The response’s detail says why.',
      'Fix that problem, and transfer it again.',
    ],
    operator_key_needed: [
      'Only the operator key can do this',
      'The request used an operator session. What it asks for would outlive the session, so it needs the operator key itself.',
      'Send the value of OPERATOR_KEY in X-Operator-Key.',
    ],
    key_scope_missing: [
      'The machine key may not do this',
      'A machine key opens only what its scopes say. The response’s detail names the scope that is missing, or says that none opens this.',
      'Create a machine key with that scope, or send the operator key.',
    ],
    key_not_found: [
      'No such machine key',
      'The machine key was ended, expired more than 30 days ago, or its ID is not right.',
      'List the machine keys (GET /api/keys) and use an ID from there.',
    ],
    too_many_keys: [
      'Too many machine keys',
      'This installation has as many machine keys as it may have.',
      'End a machine key that is no longer needed.',
    ],
    webhook_not_found: [
      'No such webhook',
      'The webhook was deleted, or its ID is not right.',
      'List the webhooks (GET /api/webhooks) and use an ID from there.',
    ],
    delivery_not_found: [
      'The webhook has no such delivery',
      'A webhook keeps its newest thousand deliveries, for up to 30 days. This one is older, or its ID is not right.',
      'List the deliveries of the webhook and use an ID from there.',
    ],
    address_refused: [
      'The address is inside a network that is not allowed',
      'The host of the webhook is, or leads to, an address that is not public: a private or local network, this machine, or a reserved range.',
      'Use a public address. Your administrator can allow networks with WEBHOOKS_ALLOWED_NETWORKS.',
    ],
    mail_off: [
      'This server sends no e-mails',
      'Your administrator has not configured a mail server (SMTP_URL).',
      'Start the transfer without an e-mail, or ask your administrator.',
    ],
    mail_failed: [
      'The mail server did not accept the mail',
      'The mail server could not be reached, refused the login, or refused the mail. The detail names which, and the server’s reply code.',
      'Check SMTP_URL, MAIL_FROM and the log of the mail server, then send the test again.',
    ],
    too_many_webhooks: [
      'Too many webhooks',
      'This installation has as many webhooks as it may have.',
      'Delete a webhook that is no longer needed.',
    ],
    people_map_invalid: [
      'Lines of the people map are not valid',
      'A line names no address or domain, contradicts another one, or is part of a loop; or there are more than 20,000 lines.',
      'Correct or remove each line that the response lists under errors, and send the request again.',
    ],
    idempotency_conflict: [
      'The Idempotency-Key belongs to another request',
      'The same key was already sent with a different request.',
      'Use a new key for each request, and reuse it only to repeat the same request.',
    ],
    idempotency_in_progress: [
      'A request with this Idempotency-Key is still being processed',
      'An earlier request with this Idempotency-Key is not complete yet.',
      'Wait a moment and send it again with the same key: you then get the response to the first one.',
    ],
    request_timeout: [
      'The request took too long to arrive',
      'The connection was too slow. Nothing was changed.',
      'Send it again.',
    ],
    body_too_large: [
      'The request is too large',
      'The body exceeds the limit that the response’s detail names.',
      'Send fewer items at once.',
    ],
    expectation_failed: [
      'The expectation cannot be met',
      'The request has an Expect header other than 100-continue.',
      'Remove that header.',
    ],
    address_too_long: [
      'The address is too long',
      'Part of the address is longer than any ID.',
      'Check where the ID came from.',
    ],
    headers_too_large: [
      'Address or headers are too large',
      'Together they exceed the API’s limit.',
      'Send less, for example fewer cookies.',
    ],
    too_many_transfers: [
      'Too many transfers at the same time',
      'This account has reached its limit of open transfers.',
      'Wait until one ends, or cancel one.',
    ],
    too_many_preflights: [
      'Too many preflights at the same time',
      'This account has reached its limit of preflights that count at the same time.',
      'Wait until one is complete, or delete one.',
    ],
    rate_limited: [
      'Too many requests',
      'This token, account or address sent more requests than are allowed in a minute.',
      'Wait as long as Retry-After says. The RateLimit header shows how much is left.',
    ],
    quota_exceeded: [
      'A Google limit was reached',
      'Google accepts about 750 GB a day into an account, and limits requests. Transfers wait and resume automatically.',
      'Wait until the time in Retry-After.',
    ],
    internal: [
      'CloudMover had a problem',
      'CloudMover failed unexpectedly. Files are untouched.',
      'Try again. If it happens again, give your administrator the traceId of the response.',
    ],
    google_unavailable: [
      'Google is not responding',
      'Google did not respond in time, or reported an internal error. Nothing was changed.',
      'Try again in a moment. Transfers retry automatically.',
    ],
    google_refused: [
      'Google refused the request',
      'Google gave a reason that CloudMover does not know. The response’s detail quotes it.',
      'Try again. If it keeps failing, check that reason.',
    ],
    ambiguous_write: [
      'It is unclear whether Google saved this',
      'The connection was lost after the request was sent, so Google may have executed it.',
      'Check Drive before you repeat it.',
    ],
    service_unavailable: [
      'CloudMover is not ready',
      'It cannot reach its database, or is stopping. Nothing was changed.',
      'Try again after the time in Retry-After. Transfers wait and resume automatically.',
    ],
    destination_storage_full: [
      'The destination is full',
      'Google accepts no more data into this account. The transfer waits.',
      'Free up or buy storage there, then resume the transfer.',
    ],
  } satisfies Record<ProblemCode, ProblemPage> as Readonly<Record<ProblemCode, ProblemPage>>,
};
