import { fillIn, type NamesIn } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { authorizationErrorPage } from '../pages/consent-page.ts';

export const NO_STORE = { 'cache-control': 'no-store' };

/**
 * Google's error codes of OAuth, and the server errors of RFC 6749, with their status. Faults use it. Sources: RFC 6749,
 * 5.2, and "Using OAuth 2.0 for Web Server Applications".
 */
export const OAUTH_STATUSES: Readonly<Record<string, number | undefined>> = {
  invalid_request: 400,
  invalid_grant: 400,
  invalid_scope: 400,
  invalid_token: 400,
  unsupported_grant_type: 400,
  redirect_uri_mismatch: 400,
  admin_policy_enforced: 400,
  invalid_client: 401,
  deleted_client: 401,
  unauthorized_client: 401,
  org_internal: 403,
  access_denied: 403,
  server_error: 500,
  internal_failure: 500,
  temporarily_unavailable: 503,
};

/**
 * Every refusal of OAuth with Google's code and description, and with its status if that is not the code's. The caller
 * fills in the names in braces. Sources: "Using OAuth 2.0 for Web Server Applications", "Using OAuth 2.0 for Server to
 * Server Applications", and responses that clients recorded (https://github.com/GAM-team/GAM/pull/1171 for deleted
 * accounts and unknown addresses); descriptions without a source are our own.
 */
const OAUTH_ERRORS = {
  // The client
  clientNotFound: ['invalid_client', 'The OAuth client was not found.'],
  clientUndetermined: ['invalid_request', 'Could not determine client ID from request.'],
  secretMissing: ['invalid_request', 'client_secret is missing.'],
  wrongSecret: ['invalid_client', 'Unauthorized'],
  // These three are the names of a client's blocks ("Authorization errors").
  admin_policy_enforced: [
    'admin_policy_enforced',
    'The administrator of the account does not allow this app the access that it requests.',
  ],
  org_internal: [
    'org_internal',
    'The client is limited to people of one organisation, and the account is of another.',
    400,
  ],
  deleted_client: ['deleted_client', 'The OAuth client was deleted.'],

  // Codes and refresh tokens
  parameterMissing: ['invalid_request', 'Missing required parameter: {name}'],
  unknownGrantType: ['unsupported_grant_type', 'Invalid grant_type: {type}'],
  malformedCode: ['invalid_grant', 'Malformed auth code.'],
  wrongRedirect: ['redirect_uri_mismatch', 'Bad Request'],
  codeExpired: ['invalid_grant', 'Bad Request'],
  verifierNotAllowed: ['invalid_request', 'code_verifier is not allowed for this client type.'],
  verifierMissing: ['invalid_grant', 'Missing code verifier.'],
  wrongVerifier: ['invalid_grant', 'Invalid code verifier.'],
  verifierNotNeeded: ['invalid_grant', 'code_verifier or verifier is not needed.'],
  codeOfDeletedAccount: ['invalid_grant', 'Account has been deleted'],
  refreshTokenRevoked: ['invalid_grant', 'Token has been expired or revoked.'],
  otherClient: ['unauthorized_client', 'Unauthorized'],
  scopesNotGranted: ['invalid_scope', 'Some requested scopes were not granted.'],
  accountDeleted: ['invalid_grant', 'The account has been deleted'],
  accountDisabled: ['invalid_grant', 'Account has been disabled'],
  unknownAccount: ['invalid_grant', 'Invalid email or User ID'],
  tokenRevoked: ['invalid_token', 'Token expired or revoked'],
  invalidToken: ['invalid_token', 'Invalid Value'],
  invalidCredentials: ['invalid_request', 'Invalid Credentials', 401],

  // Assertions of service accounts
  malformedAssertion: ['invalid_grant', 'Bad Request'],
  unknownServiceAccount: ['invalid_grant', 'Invalid grant: account not found'],
  wrongSignature: ['invalid_grant', 'Invalid JWT Signature.'],
  wrongAudience: ['invalid_grant', 'Invalid JWT: Failed audience check. The right audience is {audience}'],
  wrongTimes: [
    'invalid_grant',
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat ' +
      'and exp values in the JWT claim.',
  ],
  noScope: ['invalid_scope', 'Invalid OAuth scope or ID token audience provided.'],
  notDelegated: [
    'unauthorized_client',
    'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of ' +
      'the scopes requested.',
  ],

  // The consent page
  authorizationParameterMissing: [
    'invalid_request',
    'Required parameter is missing: client_id, redirect_uri or scope.',
  ],
  namedClientNotFound: ['invalid_client', 'The OAuth client {client} was not found.'],
  redirectNotRegistered: ['redirect_uri_mismatch', 'The redirect URI {uri} is not registered for {client}.'],
  onlyCodes: ['unsupported_response_type', 'The sandbox supports response_type=code only.'],
  unknownChallengeMethod: ['invalid_request', 'Invalid code_challenge_method: {method}.'],
  unknownPrompt: ['invalid_request', 'Invalid parameter value for prompt: Invalid prompt: {prompt}'],
  promptWithNone: ['invalid_request', 'Invalid parameter value for prompt: none stands alone.'],
  accountNotHere: ['invalid_request', 'There is no account "{account}" in the sandbox.'],
} as const satisfies Record<string, readonly [code: string, description: string, status?: number]>;

export type OAuthErrorName = keyof typeof OAUTH_ERRORS;
type Names<Name extends OAuthErrorName> = NamesIn<(typeof OAUTH_ERRORS)[Name][1]>;
/** The values for the names in braces of a row; the compiler requires each of them. */
export type OAuthErrorValues<Name extends OAuthErrorName> = [Names<Name>] extends [never]
  ? []
  : [values: Readonly<Record<Names<Name>, string>>];

function filled(name: OAuthErrorName, values: Readonly<Record<string, string>> = {}) {
  const [code, description, status = OAUTH_STATUSES[code] ?? 400]: readonly [string, string, number?] =
    OAUTH_ERRORS[name];
  return { code, status, description: fillIn(description, values) };
}

/** An error in OAuth's format (RFC 6749, 5.2). */
export function oauthError<Name extends OAuthErrorName>(name: Name, ...[values]: OAuthErrorValues<Name>): Reply {
  const { code, status, description } = filled(name, values);
  return { status, headers: NO_STORE, json: { error: code, error_description: description } };
}

/**
 * The page in place of the consent page, for a request that Google does not send back to the app.
 * @param values values for the names in braces of the row
 * @param cure what to do
 */
export function authorizationError<Name extends OAuthErrorName>(
  name: Name,
  values: Readonly<Record<Names<Name>, string>>,
  cure = 'Correct the request and try again.',
): Reply {
  const { code, status, description: text } = filled(name, values);
  return { status: 400, html: authorizationErrorPage({ code: `${status}: ${code}`, text, cure }) };
}
