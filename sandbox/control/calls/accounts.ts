import { SandboxUsageError } from '../../http/errors.ts';
import { BLOCKS } from '../../oauth/clients.ts';
import { call, ok, optional, type ControlCall } from '../call.ts';

const DELEGATION = {
  type: 'object',
  required: ['domain', 'scopes'],
  properties: { domain: { type: 'string', format: 'hostname' }, scopes: { type: 'array', items: { type: 'string' } } },
} as const;

export const ACCOUNTS_CALLS: Record<string, ControlCall> = {
  'GET /accounts': call({
    summary: 'Accounts with their ids, storage (null: unlimited) and number of items',
    answer: '`{accounts: [{email, name, sub, permissionId, rootId, quotaBytes, usage, items}]}`',
    handle: ({ state }) => {
      return ok({
        accounts: [...state.store.accounts.values()].map(
          ({ email, name, sub, permissionId, quotaBytes, root, own, usage }) => ({
            email,
            name,
            sub,
            permissionId,
            rootId: root.id,
            quotaBytes,
            usage,
            items: own.size,
          }),
        ),
      });
    },
  }),
  'POST /accounts': call({
    summary: 'Adds an account',
    input: {
      type: 'object',
      required: ['email'],
      properties: {
        email: { type: 'string', format: 'email' },
        name: { type: 'string' },
        quotaBytes: { type: 'integer', minimum: 0, description: 'Storage in bytes; the default is 2 TiB.' },
        unlimitedStorage: { type: 'boolean', description: 'Its storage has no limit, and `about` states none.' },
      },
    },
    answer: '`{email, sub, rootId}`',
    handle: ({ state }, input) => {
      const { email, sub, root } = state.store.addAccount(input.email, {
        ...optional('name', input.name),
        ...optional('quotaBytes', input.unlimitedStorage ? Infinity : input.quotaBytes),
      });
      return ok({ email, sub, rootId: root.id });
    },
  }),
  'POST /tokens': call({
    summary: 'Tokens for an account, without a browser',
    input: {
      type: 'object',
      required: ['account'],
      properties: {
        account: { type: 'string', description: 'E-mail' },
        scopes: {
          type: 'array',
          items: { type: 'string' },
          description: 'Default: openid, email, profile and all of Drive.',
        },
        expiresIn: {
          type: 'number',
          minimum: 0,
          description: 'Lifetime of access tokens in seconds, including refreshed ones; default 3599.',
        },
        clientId: {
          type: 'string',
          description:
            'Binds the tokens to an OAuth client. Without it every registered client may use the refresh token.',
        },
      },
    },
    answer: 'As /token answers: `{access_token, refresh_token, expires_in, scope, token_type}`',
    handle: ({ state }, input) => {
      return ok(
        state.oauth.issue(input.account, {
          ...optional('scopes', input.scopes),
          ...optional('expiresIn', input.expiresIn),
          ...optional('clientId', input.clientId),
        }),
      );
    },
  }),
  'POST /tokens/expire': call({
    summary: 'Ends all access tokens of an account, as if their hour were over; refresh tokens stay',
    input: {
      type: 'object',
      required: ['account'],
      properties: { account: { type: 'string', description: 'E-mail' } },
    },
    answer: '`{expired}`',
    handle: ({ state }, input) => ok({ expired: state.oauth.expireAccessTokens(input.account) }),
  }),
  'POST /grants/revoke': call({
    summary: 'Withdraws the grants of an account to one client, or to all',
    input: {
      type: 'object',
      required: ['account'],
      properties: { account: { type: 'string' }, clientId: { type: 'string' } },
    },
    answer: '`{ended}`, the number of tokens',
    handle: ({ state }, input) => {
      const { email } = state.store.knownAccount(input.account);
      return ok({ ended: state.oauth.revokeGrant(email, input.clientId ?? '*') });
    },
  }),
  'GET /clients': call({
    summary: 'Ids of the registered OAuth clients',
    answer: '`{clientIds}`',
    handle: ({ state }) => ok({ clientIds: state.oauth.clientIds() }),
  }),
  'POST /clients': call({
    summary: 'Registers an OAuth client; unknown clients and redirects are refused',
    input: {
      type: 'object',
      required: ['clientId', 'clientSecret', 'redirectUris'],
      properties: {
        clientId: { type: 'string' },
        clientSecret: { type: 'string' },
        redirectUris: { type: 'array', items: { type: 'string', format: 'uri' } },
        testing: {
          type: 'boolean',
          description: 'An app whose consent screen is in "Testing": its refresh tokens live 7 days',
          default: false,
        },
        rotationGraceSeconds: {
          type: 'number',
          minimum: 0,
          description:
            "Each refresh returns a new refresh token, and the old one works for this many more seconds. Without it refresh tokens do not change, like Google's",
        },
        blocked: {
          type: 'string',
          enum: BLOCKS,
          description: "Nobody can sign in: the page says why, like Google's, and does not redirect",
        },
      },
    },
    answer: '`{clientId, redirectUris, testing, rotationGraceSeconds?}`',
    handle: ({ state }, input) => {
      const { clientId, clientSecret, redirectUris, testing, blocked } = input;
      const grace = optional('rotationGraceSeconds', input.rotationGraceSeconds);
      state.oauth.addClient({
        clientId,
        clientSecret,
        redirectUris,
        ...optional('testing', testing),
        ...grace,
        ...optional('blocked', blocked),
      });
      return ok({ clientId, redirectUris, testing: testing ?? false, ...grace });
    },
  }),
  'POST /service-accounts': call({
    summary: 'Registers a service account for JWT-bearer tokens; it has a Drive of its own without storage',
    input: {
      type: 'object',
      required: ['email'],
      properties: {
        email: { type: 'string', format: 'email' },
        publicKey: { type: 'string', description: 'RSA, PEM (SPKI); either this or `generate`' },
        generate: {
          type: 'boolean',
          description: "Generates a key; `keyFile` of the response is like the file of Google's console",
        },
        delegation: {
          description:
            'Domain-wide delegation: the account may act for everyone in the organisation of this domain, with these scopes; a list for several organisations',
          oneOf: [DELEGATION, { type: 'array', items: DELEGATION }],
        },
      },
    },
    answer: '`{email, clientId, keyId, keyFile?}`',
    handle: async ({ state, exchange }, input) => {
      const { email, publicKey, generate = false } = input;
      if (generate === (publicKey !== undefined))
        throw new SandboxUsageError('Give either publicKey (PEM), or generate: true to have a key made.');
      return ok(
        await state.oauth.addServiceAccount(
          {
            email,
            ...optional('publicKey', publicKey),
            ...optional('delegations', input.delegation && [input.delegation].flat()),
          },
          exchange.origin,
        ),
      );
    },
  }),
  'POST /service-accounts/delegation': call({
    summary: 'Sets what an organisation delegates to a service account; an empty list of scopes withdraws it',
    input: {
      type: 'object',
      required: ['email', 'domain', 'scopes'],
      properties: {
        email: { type: 'string', description: "The service account's" },
        domain: { type: 'string', format: 'hostname', description: 'Any domain of the organisation' },
        scopes: { type: 'array', items: { type: 'string' }, description: 'Full names' },
      },
    },
    answer: '`{email, delegations}`',
    handle: ({ state }, input) => {
      const { email, delegations } = state.oauth.delegate(input.email, { domain: input.domain, scopes: input.scopes });
      return ok({ email, delegations });
    },
  }),
};
