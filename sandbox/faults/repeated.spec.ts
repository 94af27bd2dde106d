import { TestSandbox, text } from '../testing/test-client.ts';
import type { BehaviorSettings } from './behavior.ts';

const ALICE = 'alice@example.com';
/** Requests of each kind in a run. */
const TIMES = 30;

/** Faults of sharing, the directory, people and documents, each with a probability. */
const FAULTS: BehaviorSettings['faults'] = [
  { operation: 'permissions.create', kind: 'error', reason: 'sharingRateLimitExceeded', probability: 0.2 },
  { operation: 'permissions.create', kind: 'mailNotSent', probability: 0.2 },
  { operation: 'permissions.delete', kind: 'failAfterWrite', status: 500, probability: 0.3 },
  { operation: 'permissions.list', kind: 'error', status: 503, probability: 0.3 },
  // As if the API were switched off in the project for a while.
  { operation: 'permissions.list', kind: 'error', reason: 'accessNotConfigured', probability: 0.3 },
  { operation: 'documents.get', kind: 'error', reason: 'serviceDisabled', probability: 0.3 },
  { operation: 'files.list', kind: 'omitPermissionIds', share: 0.3 },
  { operation: 'directory.users.get', kind: 'error', status: 503, probability: 0.3 },
  { operation: 'files.get', kind: 'suspendPerson', probability: 0.2 },
  { operation: 'documents.get', kind: 'error', status: 503, probability: 0.3 },
  { operation: 'documents.batchUpdate', kind: 'failAfterWrite', status: 500, probability: 0.3 },
  { operation: 'about.get', kind: 'removeLicence', probability: 0.2 },
];

describe('faults of sharing, the directory, people and documents', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start({ presets: [{ preset: 'school' }] })));
  afterAll(() => test.close());

  /** The outcome of each request of a run, after a reset. */
  async function run(seed: number): Promise<string[]> {
    await test.control.reset();
    await test.behave({ seed, faults: FAULTS });
    await test.signIn();
    const seen: string[] = [];
    const ask = async (what: string, method: string, path: string, ask: Parameters<TestSandbox['ask']>[2] = {}) => {
      const answer = await test.ask(method, path, { token: test.alice, ...ask });
      const { errors, details } = answer.json['error'] ?? {};
      const [error] = (errors ?? details ?? []) as unknown as { reason: string }[];
      seen.push(`${what}: ${answer.status} ${error?.reason ?? ''}`);
      return answer;
    };
    const tree = await test.control.tree(ALICE, { checksums: false });
    const mine = tree.filter(({ owner }) => owner === ALICE);
    for (const [i, { id, name }] of mine.slice(0, TIMES).entries()) {
      const at = `/drive/v3/files/${id}/permissions`;
      const body = { type: 'user', role: 'reader', emailAddress: 'bob@example.com' };
      const made = await ask(`share ${i} ${name}`, 'POST', at, { body });
      await ask(`list ${i} ${name}`, 'GET', at);
      if (made.status === 200) await ask(`unshare ${i} ${name}`, 'DELETE', `${at}/${text(made.json['id'])}`);
    }
    const listed = await test.list("'me' in owners", { fields: 'files(name,permissionIds)', orderBy: 'createdTime' });
    for (const file of listed) if (!file['permissionIds']) seen.push(`without ids: ${text(file['name'])}`);
    const documents = tree.filter(({ mimeType }) => mimeType.endsWith('.document'));
    for (const { id, name } of documents.slice(0, TIMES)) {
      await ask(`read ${name}`, 'GET', `/v1/documents/${id}?fields=documentId`);
      const insertText = { location: { index: 1 }, text: 'x' };
      await ask(`edit ${name}`, 'POST', `/v1/documents/${id}:batchUpdate`, { body: { requests: [{ insertText }] } });
    }
    const admin = await test.token(ALICE, {
      scopes: ['https://www.googleapis.com/auth/admin.directory.user.readonly'],
    });
    const pupils = test.sandbox.state.store.directory.peopleOf(
      test.sandbox.state.store.directory.organizationOf(ALICE)!,
    );
    for (const { email } of pupils.filter(({ suspended }) => !suspended).slice(30, 30 + TIMES)) {
      await ask(`person ${email}`, 'GET', `/admin/directory/v1/users/${email}`, { token: admin });
      const token = await test.token(email);
      await ask(`root of ${email}`, 'GET', '/drive/v3/files/root', { token });
      await ask(`about ${email}`, 'GET', '/drive/v3/about?fields=user', { token });
      await ask(`again ${email}`, 'GET', '/drive/v3/files?fields=kind', { token });
    }
    return seen;
  }

  it('apply to the same requests for the same seed, and to others for another', async () => {
    const first = await run(11);
    expect(await run(11)).toEqual(first);
    expect(await run(12)).not.toEqual(first);
    const outcome = (pattern: RegExp) => first.filter((line) => pattern.test(line)).length;
    for (const pattern of [
      /^share .*sharingRateLimitExceeded/,
      /^share .*: 400/,
      /^list .*: 503/,
      /^list .*: 403 accessNotConfigured/,
      /^unshare .*: 500/,
      /^without ids/,
      /^person .*: 503/,
      /^again .*: 401/,
      /^read .*: 503/,
      /^read .*: 403 SERVICE_DISABLED/,
      /^edit .*: 500/,
    ]) {
      expect([pattern, outcome(pattern) > 0]).toEqual([pattern, true]);
      expect([pattern, outcome(pattern) < TIMES * 3]).toEqual([pattern, true]);
    }
  });
});
