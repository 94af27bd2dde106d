import { text, type Answer, type TestSandbox } from './test-client.ts';

export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';
/** The client that signs in; a sandbox must know it. */
export const CLIENT = { clientId: 'app', clientSecret: 'not so secret', redirectUris: ['http://localhost:3000/cb'] };

/** The parameters of a sign-in that asks for Drive and a refresh token. */
export const ASKED = {
  client_id: CLIENT.clientId,
  redirect_uri: 'http://localhost:3000/cb',
  response_type: 'code',
  scope: `openid email ${DRIVE_SCOPE}`,
  access_type: 'offline',
  state: 'a state & more',
};

/** The steps of a sign-in to `CLIENT`, in whatever sandbox `test` returns. */
export function signInTo(test: () => TestSandbox) {
  /** What the consent page leads to, as Bob, who allows everything. */
  const authorize = (more: Record<string, string> = {}): Promise<Answer> => {
    const query = new URLSearchParams({ ...ASKED, sandbox_account: 'bob@example.com', ...more });
    return test().ask('GET', `/o/oauth2/v2/auth?${query.toString()}`);
  };
  return {
    authorize,
    code: async (more: Record<string, string> = {}): Promise<string> =>
      new URL(text((await authorize(more)).headers['location'])).searchParams.get('code') ?? '',
    /** A request of the client to the token endpoint. */
    token: (more: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> => {
      const body = new URLSearchParams({
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uri: ASKED.redirect_uri,
        grant_type: 'authorization_code',
        ...more,
      });
      return test().ask('POST', '/token', { body, headers });
    },
  };
}
