import { jest } from '@jest/globals';
import { AccountTurns } from '../../src/http/account-turns.js';
import { TransferStore } from '../../src/transfers/transfer-store.port.js';
import { aPlannedItem } from '../support/builders.js';
import { startStack, type Stack } from '../support/stack.js';
import { TransfersApi } from '../support/transfers-api.js';

// Real: three API processes, Redis and the sandbox; no worker, so that transfers stay open.

const COMMANDS = ['retry', 'rerun', 'links', 'undo'] as const;

describe('many simultaneous requests to several processes', () => {
  let stack: Stack;
  let api: TransfersApi;
  let post: (path: string, body?: object) => Promise<{ status: number; code?: string; id: string }>;
  const others: Awaited<ReturnType<Stack['startAnother']>>[] = [];

  beforeEach(async () => {
    // All at once: on a busy machine the last ones would be refused, having waited for their account's turn too long.
    jest.spyOn(AccountTurns.prototype, 'take').mockResolvedValue(() => undefined);
    stack = await startStack({ CLOUDMOVER_WAITAOF: 'off' });
    api = await TransfersApi.connect(stack);
    others.push(await stack.startAnother('api'), await stack.startAnother('api'));
    const apps = [stack.app, ...others];
    let turn = 0;
    post = async (url, payload = {}) => {
      const app = apps[turn++ % apps.length]!;
      const answer = await app.inject({ method: 'POST', url, headers: api.tokens, payload });
      return { status: answer.statusCode, ...answer.json<{ code?: string; id: string }>() };
    };
  });
  afterEach(async () => {
    await Promise.all(others.splice(0).map((each) => each.close()));
    await stack.close();
    jest.restoreAllMocks();
  });

  const summaryOf = (answers: readonly { status: number; code?: string }[]) => {
    const counts: Record<string, number> = {};
    for (const { status, code } of answers) {
      const name = code ? `${status} ${code}` : String(status);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };

  it('create 20 transfers of 110', async () => {
    const answers = await Promise.all(Array.from({ length: 110 }, () => post('/api/transfers', { items: ['a'] })));
    expect(summaryOf(answers)).toEqual({ '202': 20, '429 too_many_transfers': 90 });
  });

  it('create 5 preflights of 60', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => post('/api/preflights', { items: ['a'] })));
    expect(summaryOf(answers)).toEqual({ '202': 5, '429 too_many_preflights': 55 });
  });

  it.each(COMMANDS)('reopen no more transfers by %s than the limit allows', async (command) => {
    const ids: string[] = [];
    for (let index = 0; index < 25; index++) {
      const { id } = await post('/api/transfers', { items: ['a'] });
      await endWithFailures(id);
      ids.push(id);
    }
    const answers = await Promise.all(
      ids.map((id) => post(`/api/transfers/${id}/${command}`, command === 'links' ? { mode: 'report' } : {})),
    );
    expect(summaryOf(answers)).toEqual({ '202': 20, '429 too_many_transfers': 5 });
  });

  /** Ends transfers with one failed item, like a worker. */
  async function endWithFailures(id: string): Promise<void> {
    const ledger = (await stack.app.get(TransferStore, { strict: false }).find(id))!;
    const plan = (await ledger.restartPlan())!;
    const item = aPlannedItem(0);
    await ledger.append([item], plan);
    await ledger.completePlan(plan);
    await ledger.advance(['ready'], 'running');
    await ledger.settle(item, 'failed', { code: 'not_found' });
    await ledger.advance(['running'], 'completed_with_failures');
  }
});
