import { control, DRIVE_SCOPE, file, notFound, PEOPLE, type Request, type Scenario } from '../scenario.ts';

const CLIENT = control('clients', {
  clientId: 'app',
  clientSecret: 'secret',
  redirectUris: ['http://localhost/cb'],
});

const AUTHORIZE =
  '/o/oauth2/v2/auth?client_id=app&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&response_type=code' +
  `&scope=openid%20email%20${encodeURIComponent(DRIVE_SCOPE)}&state=s`;

const ALLOWED = '&sandbox_account=alice%40example.com&sandbox_consent=allow';

const consent = (more: string, keep: Record<string, string> = { code: 'location?code' }): Request => ({
  as: 'nobody',
  ask: `GET ${AUTHORIZE}${ALLOWED}${more}`,
  status: 302,
  keep,
});

const exchangeForm = (more: Record<string, string> = {}): Record<string, string> => ({
  grant_type: 'authorization_code',
  code: '{code}',
  client_id: 'app',
  client_secret: 'secret',
  redirect_uri: 'http://localhost/cb',
  ...more,
});

const FORM_WITHOUT_CLIENT = {
  grant_type: 'authorization_code',
  code: '{code}',
  redirect_uri: 'http://localhost/cb',
};

export const OAUTH: Scenario[] = [
  {
    source: '§1',
    title: 'Token: a code yields tokens once; offline access yields a refresh token',
    steps: [
      CLIENT,
      consent('&access_type=offline&prompt=consent'),
      {
        as: 'nobody',
        ask: 'POST /token',
        form: exchangeForm(),
        status: 200,
        json: { token_type: 'Bearer', expires_in: 3599 },
        keep: { refresh: 'refresh_token' },
      },
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 400, json: { error: 'invalid_grant' } },
      {
        as: 'nobody',
        ask: 'POST /token',
        form: {
          grant_type: 'refresh_token',
          refresh_token: '{refresh}',
          client_id: 'app',
          client_secret: 'secret',
        },
        status: 200,
        absent: ['refresh_token'],
        keep: { access: 'access_token' },
      },
      { as: 'nobody', ask: 'GET /tokeninfo?access_token={access}', status: 200, json: { email: PEOPLE.alice } },
      {
        as: 'nobody',
        ask: 'GET /v1/userinfo',
        headers: { authorization: 'Bearer {access}' },
        status: 200,
        json: { email: PEOPLE.alice },
      },
      { as: 'nobody', ask: 'POST /revoke', form: { token: '{access}' }, status: 200 },
      {
        as: 'nobody',
        ask: 'POST /token',
        form: { grant_type: 'refresh_token', refresh_token: '{refresh}', client_id: 'app', client_secret: 'secret' },
        status: 400,
        json: { error: 'invalid_grant' },
      },
    ],
  },
  {
    source: 'https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1',
    title: 'Token: the client may be in the Authorization header, encoded like a form',
    steps: [
      CLIENT,
      consent('&access_type=offline&prompt=consent'),
      ...['100%:secret', 'app:100%', 'app:%ff', 'app:wrong'].map((pair) => ({
        as: 'nobody' as const,
        ask: 'POST /token',
        headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
        form: FORM_WITHOUT_CLIENT,
        status: 401,
        json: { error: 'invalid_client' },
      })),
      {
        as: 'nobody',
        ask: 'POST /token',
        headers: { authorization: `Basic ${Buffer.from('app:%73ecret').toString('base64')}` },
        form: FORM_WITHOUT_CLIENT,
        status: 200,
        json: { token_type: 'Bearer' },
      },
    ],
  },
  {
    source: '§1',
    title: 'No refresh_token: a remembered consent yields none; prompt=consent yields one',
    steps: [
      CLIENT,
      consent('&access_type=offline'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, keep: { first: 'refresh_token' } },
      consent('&access_type=offline'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, absent: ['refresh_token'] },
      consent('&access_type=offline&prompt=consent'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, keep: { second: 'refresh_token' } },
    ],
  },
  {
    source: '§1',
    title: 'Granular consent: an unticked Drive is missing in `scope`',
    steps: [
      CLIENT,
      {
        as: 'nobody',
        ask: `GET ${AUTHORIZE}&sandbox_account=alice%40example.com&sandbox_consent=no_drive`,
        status: 302,
        keep: { code: 'location?code' },
      },
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, text: /^(?!.*auth\/drive)/s },
      // The same after Drive was granted: by the same client, and with the earlier scopes included.
      consent(''),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, text: /auth\/drive/ },
      ...['', '&include_granted_scopes=true', '&include_granted_scopes=true&prompt=consent'].flatMap(
        (more): Request[] => [
          {
            as: 'nobody',
            ask: `GET ${AUTHORIZE}&sandbox_account=alice%40example.com&sandbox_consent=no_drive${more}`,
            status: 302,
            keep: { code: 'location?code' },
          },
          { as: 'nobody', ask: 'POST /token', form: exchangeForm(), status: 200, text: /^(?!.*auth\/drive)/s },
          consent(''),
        ],
      ),
    ],
  },
  {
    source: '§1',
    title: 'Callback: a refusal redirects with access_denied; a wrong redirect address is never used',
    steps: [
      CLIENT,
      {
        as: 'nobody',
        ask: `GET ${AUTHORIZE}&sandbox_account=alice%40example.com&sandbox_consent=deny`,
        status: 302,
        answers: { location: /error=access_denied.*state=s/ },
      },
      {
        as: 'nobody',
        ask: `GET ${AUTHORIZE.replace('%2Fcb', '%2Fother')}${ALLOWED}`,
        status: 400,
        text: /redirect_uri_mismatch/,
      },
    ],
  },
  {
    source: '§1',
    title: 'PKCE: S256: the wrong verifier is refused',
    steps: [
      CLIENT,
      // base64url(SHA-256('verifier')), RFC 7636.
      consent('&code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ&code_challenge_method=S256'),
      {
        as: 'nobody',
        ask: 'POST /token',
        form: exchangeForm({ code_verifier: 'another' }),
        status: 400,
        json: { error: 'invalid_grant' },
      },
      consent('&code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ&code_challenge_method=S256'),
      { as: 'nobody', ask: 'POST /token', form: exchangeForm({ code_verifier: 'verifier' }), status: 200 },
    ],
  },
  {
    source: '§1',
    title: 'OAuth discovery, certs: discovery document and keys are at the addresses that clients use',
    steps: [
      {
        as: 'nobody',
        ask: 'GET /.well-known/openid-configuration',
        status: 200,
        json: { code_challenge_methods_supported: ['plain', 'S256'] },
      },
      { as: 'nobody', ask: 'GET /oauth2/v3/certs', status: 200, keep: { kid: 'keys>0>kid' } },
    ],
  },
  {
    source: '§1',
    title: 'Scopes: drive.file gives access to files that the app created; root can be 404',
    steps: [
      file('other', 'x'),
      CLIENT,
      control(
        'tokens',
        { account: PEOPLE.alice, clientId: 'app', scopes: [`${DRIVE_SCOPE}.file`] },
        { app: 'access_token' },
      ),
      {
        as: 'nobody',
        ask: 'POST files?fields=id',
        headers: { authorization: 'Bearer {app}' },
        body: { parents: ['root'] },
        status: 200,
        keep: { own: 'id' },
      },
      { as: 'nobody', ask: 'GET files/{own}', headers: { authorization: 'Bearer {app}' }, status: 200 },
      {
        as: 'nobody',
        ask: 'GET files?fields=files(id)',
        headers: { authorization: 'Bearer {app}' },
        status: 200,
        exactly: { files: [{ id: '{own}' }] },
      },
      {
        as: 'nobody',
        ask: 'GET files/{other}',
        headers: { authorization: 'Bearer {app}' },
        status: 404,
        error: notFound(),
      },
      {
        as: 'nobody',
        ask: 'GET files/root',
        headers: { authorization: 'Bearer {app}' },
        status: 404,
        error: notFound(),
      },
      {
        ask: 'GET files/{own}?alt=media',
        scopes: [`${DRIVE_SCOPE}.metadata.readonly`],
        status: 403,
        error: { reason: 'insufficientPermissions' },
      },
    ],
  },
  {
    source: '§3',
    title: 'Scopes: drive.file beside another scope; appNotAuthorizedToFile for what only the other one shows',
    steps: [
      file('other', 'x'),
      CLIENT,
      ...(['readonly', 'metadata.readonly'] as const).flatMap((scope): Request[] => {
        const scopes = [`${DRIVE_SCOPE}.file`, `${DRIVE_SCOPE}.${scope}`];
        const headers = { authorization: 'Bearer {app}' };
        const error = { reason: 'appNotAuthorizedToFile' };
        const download = { as: 'nobody', ask: 'GET files/{other}?alt=media', headers } as const;
        return [
          control('tokens', { account: PEOPLE.alice, clientId: 'app', scopes }, { app: 'access_token' }),
          { as: 'nobody', ask: 'GET files/{other}', headers, status: 200 },
          scope === 'readonly' ? { ...download, status: 200 } : { ...download, status: 403, error },
          { as: 'nobody', ask: 'PATCH files/{other}', headers, body: {}, status: 403, error },
        ];
      }),
    ],
  },
  {
    source: '§3',
    title: 'OAuth, forced expiry: an expired token is 401 authError',
    steps: [
      control('tokens', { account: PEOPLE.alice, expiresIn: 60 }, { short: 'access_token' }),
      { as: 'nobody', ask: 'GET files', headers: { authorization: 'Bearer {short}' }, status: 200 },
      { advance: 61_000 },
      {
        as: 'nobody',
        ask: 'GET files',
        headers: { authorization: 'Bearer {short}' },
        status: 401,
        error: { reason: 'authError' },
      },
      control('tokens', { account: PEOPLE.alice }, { long: 'access_token' }),
      control('tokens/expire', { account: PEOPLE.alice }),
      {
        as: 'nobody',
        ask: 'GET files',
        headers: { authorization: 'Bearer {long}' },
        status: 401,
        error: { reason: 'authError' },
      },
    ],
  },
  {
    source: '§3',
    title: 'Errors, credentials: an invalid bearer is 401 authError; without one, 403 for reads and 401 for writes',
    steps: [
      {
        as: 'nobody',
        ask: 'GET files',
        headers: { authorization: 'Bearer nonsense' },
        status: 401,
        error: { reason: 'authError', domain: 'global', location: 'Authorization' },
      },
      { as: 'nobody', ask: 'GET files', status: 403, error: { reason: 'forbidden' } },
      { as: 'nobody', ask: 'POST files', body: {}, status: 401, error: { reason: 'required' } },
    ],
  },
  {
    source: '§3',
    title: 'insufficientPermissions: the token lacks the scope',
    steps: [
      {
        ask: 'POST files',
        scopes: [`${DRIVE_SCOPE}.readonly`],
        body: {},
        status: 403,
        error: { reason: 'insufficientPermissions' },
      },
    ],
  },
  ...[true, false].map((works): Scenario => ({
    source: '§13',
    title: `PKCE with a web client and secret: ${works ? 'both are accepted' : 'together they are refused'}`,
    switches: { pkceWithSecret: works },
    steps: [
      CLIENT,
      consent('&code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ&code_challenge_method=S256'),
      {
        as: 'nobody',
        ask: 'POST /token',
        form: exchangeForm({ code_verifier: 'verifier' }),
        ...(works ? { status: 200 } : { status: 400, json: { error: 'invalid_request' } }),
      },
    ],
  })),
];
