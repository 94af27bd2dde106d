import type { Account } from '../drive/drive-store.ts';
import type { Endpoints, FaultTarget } from '../http/endpoint.ts';

/** What faults match in a call about an account. */
const targetOf = (account: Account | undefined): FaultTarget => (account ? { account: account.email } : {});

/** Google's OAuth endpoints; older clients such as rclone use the second addresses. */
export const OAUTH_ENDPOINTS = {
  'oauth.authorize': {
    at: ['GET|POST /o/oauth2/v2/auth', 'GET|POST /o/oauth2/auth'],
    handle: ({ oauth }, { exchange }) => oauth.authorization.authorize(exchange),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: [],
    target: async ({ oauth }, { exchange }) => targetOf(await oauth.authorization.accountOf(exchange)),
  },
  'oauth.token': {
    at: ['POST /token', 'POST /o/oauth2/token', 'POST /oauth2/v4/token'],
    handle: ({ oauth }, { exchange }) => oauth.token(exchange),
    scopes: 'none',
    cost: 'free',
    typicalMs: 120,
    errors: [],
    target: async ({ oauth }, { exchange }) => targetOf(oauth.accountOfForm(await exchange.form())),
  },
  'oauth.revoke': {
    at: 'POST /revoke',
    handle: ({ oauth }, { exchange }) => oauth.revoke(exchange),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: [],
    target: async ({ oauth }, { exchange }) => targetOf(await oauth.accountOfToken(exchange)),
  },
  'oauth.tokeninfo': {
    at: ['GET|POST /tokeninfo', 'GET|POST /oauth2/v3/tokeninfo', 'GET|POST /oauth2/v2/tokeninfo'],
    handle: ({ oauth }, { exchange }) => oauth.identity.tokenInfo(exchange),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: [],
    target: async ({ oauth }, { exchange }) => targetOf(await oauth.accountOfToken(exchange)),
  },
  'oauth.userinfo': {
    at: ['GET /v1/userinfo', 'GET /oauth2/v2/userinfo', 'GET /oauth2/v3/userinfo', 'GET /userinfo/v2/me'],
    handle: ({ oauth }, { exchange }) => oauth.identity.userInfo(exchange, (each) => oauth.authenticate(each)),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: [],
    target: async ({ oauth }, { exchange }) => targetOf(await oauth.accountOfToken(exchange)),
  },
  'oauth.discovery': {
    at: 'GET /.well-known/openid-configuration',
    handle: ({ oauth }, { exchange }) => oauth.identity.discovery(exchange),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: [],
  },
  'oauth.certs': {
    at: ['GET /oauth2/v1/certs', 'GET /oauth2/v3/certs'],
    handle: ({ oauth }, { exchange }) => oauth.identity.certs(exchange),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: [],
  },
} as const satisfies Endpoints;
