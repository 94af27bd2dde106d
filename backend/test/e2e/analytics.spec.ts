import { Activity } from '../../src/insight/activity.js';
import type { AnalyticsDto } from '../../src/operations/analytics.dto.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

const KEY = 'operator-key-of-thirty-two-or-more-characters';

describe('GET /session/analytics', () => {
  let stack: Stack;
  let api: TransfersApi;
  let folderId: string;
  let transfer: TransferDto;
  beforeAll(async () => {
    stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off', OPERATOR_KEY: KEY });
    api = await TransfersApi.connect(stack);
    ({ folderId } = await api.aTree());
    transfer = await api.run({ items: [folderId], target: { folderId: 'root' } });
  });
  afterAll(() => stack.close());

  async function analytics(range?: string): Promise<AnalyticsDto> {
    await stack.app.get(Activity).flush();
    const call = stack.api.get('/session/analytics').set('X-Operator-Key', KEY);
    return (await (range ? call.query({ range }) : call).expect(200)).body as AnalyticsDto;
  }

  it('reports connections, copies and refusals without names', async () => {
    expect(transfer.state).toBe('completed');
    const token = await connect(stack, 'general', ALICE);
    await stack.api.get('/session/validate').query({ token }).expect(200);
    await stack.api.get('/session/validate').query({ token: 'wrong' }).expect(401);
    await stack.api.get('/auth/source/callback').expect(302);

    const { usage } = await api.get(transfer.id);
    expect(usage.units).toBe(usage.byClass.reduce((sum, { units }) => sum + units, 0));
    expect(Math.abs(usage.forecast! / usage.units - 1)).toBeLessThan(0.05);
    expect(usage.bytesIn).toBeGreaterThan(0);

    // A preflight that was not started is no transfer.
    const review = await api.preflight({ items: [folderId], target: { folderId: 'root' } });
    expect((await api.counted(review.id)).state).toBe('ready');

    const metrics = (await stack.api.get('/metrics').expect(200)).text;
    expect(metrics).toMatch(/^cloudmover_google_quota_units_total\{class="edit"\} \d+$/m);
    expect(metrics).toMatch(/^cloudmover_google_bytes_total\{direction="received"\} \d+$/m);

    const report = await analytics();
    expect(report.usage.units).toBeGreaterThanOrEqual(usage.units);
    expect(report.usage.unitsBefore).toBe(0);
    expect(report).toMatchObject({
      range: '24h',
      stepSeconds: 600,
      figures: {
        itemsVerified: { value: transfer.counts.verified, before: 0 },
        bytesMoved: { value: transfer.bytes.verified, before: 0 },
        bytesInsideGoogle: transfer.bytes.verified,
        itemsFailed: { value: 0, before: 0 },
        itemsAttempted: transfer.counts.found,
        checksumMismatches: { value: 0, before: 0 },
        liveSessions: { source: 1, destination: 1, general: 1 },
      },
      sessions: {
        connections: { source: 1, destination: 1, general: 1 },
        connectionsRefused: [{ code: 'state_mismatch', count: 1 }],
        validations: 1,
        validationsRefused: [{ code: 'session_expired', count: 1 }],
        distinctAccounts: 2,
      },
      openTransfers: { total: 0, byState: [] },
      machinery: { workers: { answering: 1, silent: 0 }, apis: { answering: 1, silent: 0 }, sharesToSweep: 0 },
    });
    expect(report.steps).toHaveLength(144);
    // A step of ten minutes may have begun meanwhile.
    const lately = report.steps.slice(-2);
    expect(lately.reduce((sum, { verified }) => sum + verified, 0)).toBe(transfer.counts.verified);
    expect(lately.reduce((sum, { connections }) => sum + connections, 0)).toBe(3);
    expect(report.errorCodes).toContainEqual({ code: 'session_expired', count: 1 });
    expect(report.machinery.redisBytes).toBeGreaterThan(100_000);
    expect(report.pace.accounts).toBe(2);
    for (const { account, lastHour, now } of report.pace.busiest) {
      expect(account).toMatch(/^acc_[\w-]{22}$/);
      expect(lastHour.at(-1)).toBeGreaterThan(0);
      expect(now).toBeGreaterThan(0);
    }
    const whole = JSON.stringify(report);
    for (const secret of [ALICE, BOB, 'Alice', token, folderId]) expect(whole).not.toContain(secret);
  });

  it.each([
    ['1h', 60, 60],
    ['7d', 3600, 168],
    ['30d', 86_400, 30],
  ])('covers %s in intervals of %i s', async (range, stepSeconds, steps) => {
    const report = await analytics(range);
    expect(report).toMatchObject({ range, stepSeconds });
    expect(report.steps).toHaveLength(steps);
    expect(report.figures.itemsVerified.value).toBeGreaterThan(0);
    expect(Date.parse(report.from) % (stepSeconds * 1_000)).toBe(0);
  });

  it('requires the operator key, and explains the range parameter', async () => {
    const refused = await stack.api.get('/session/analytics').set('X-Operator-Key', 'x'.repeat(45)).expect(403);
    expect(refused.body).toMatchObject({ code: 'operator_key_refused' });
    await stack.api.get('/session/analytics').expect(403);
    const wrong = await stack.api.get('/session/analytics').set('X-Operator-Key', KEY).query({ range: '2y' });
    expect(wrong.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'range' }] });
  });
});
