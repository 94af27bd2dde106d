import { ASKED, CLIENT, signInTo } from '../testing/sign-in.ts';
import { TestSandbox, type Answer, text } from '../testing/test-client.ts';

type Ask = () => Promise<Answer>;

describe('a fault for an account', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start({ clients: [CLIENT] })));
  afterAll(() => test.close());

  const { authorize, code, token } = signInTo(() => test);
  const form =
    (path: string, body: Record<string, string>): Ask =>
    () =>
      test.ask('POST', path, { body: new URLSearchParams(body) });
  const page = `/o/oauth2/v2/auth?${new URLSearchParams(ASKED).toString()}`;

  /** Calls of each endpoint about an account, in all the ways to name it. */
  async function callsOf(account: string): Promise<Record<string, Ask[]>> {
    const { access_token: access, refresh_token: refresh } = await test.control.tokens(account);
    const { json } = await test.ask('GET', '/v1/userinfo', { token: access });
    const unused = await code({ sandbox_account: account });
    const idToken = text((await token({ code: await code({ sandbox_account: account }) })).json['id_token']);
    return {
      'oauth.authorize': [
        () => authorize({ sandbox_account: account }),
        () => test.ask('GET', `${page}&login_hint=${account}`),
        () => test.ask('GET', `${page}&login_hint=${text(json['sub'])}`),
        form(page, { account, decision: 'deny' }),
      ],
      'oauth.token': [
        () => token({ code: unused }),
        () => token({ grant_type: 'refresh_token', refresh_token: refresh }),
      ],
      'oauth.userinfo': [
        () => test.ask('GET', '/v1/userinfo', { token: access }),
        () => test.ask('GET', `/v1/userinfo?access_token=${access}`),
      ],
      'oauth.tokeninfo': [
        () => test.ask('GET', `/tokeninfo?access_token=${access}`),
        form('/tokeninfo', { access_token: access }),
        () => test.ask('GET', `/tokeninfo?id_token=${idToken}`),
      ],
      'oauth.revoke': [form('/revoke', { token: refresh }), form(`/revoke?token=${access}`, {})],
    };
  }

  it.each(['oauth.authorize', 'oauth.token', 'oauth.userinfo', 'oauth.tokeninfo', 'oauth.revoke'])(
    'strikes %s, whichever way the call names the account',
    async (operation) => {
      const [alices, bobs] = [await callsOf('alice@example.com'), await callsOf('bob@example.com')];
      await test.behave({ faults: [{ operation, account: 'bob@example.com', status: 503 }] });
      const statuses = async (asks: Ask[] = []): Promise<number[]> => {
        const found: number[] = [];
        for (const ask of asks) found.push((await ask()).status);
        return found;
      };
      expect(new Set(await statuses(bobs[operation]))).toEqual(new Set([503]));
      expect(await statuses(alices[operation])).not.toContain(503);
      await test.behave({});
    },
  );
});
