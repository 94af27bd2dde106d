import { rfc3339 } from '../../drive/file-resource.ts';
import { SandboxUsageError } from '../../http/errors.ts';
import { call, ok, type ControlCall } from '../call.ts';

export const RUNNING_CALLS: Record<string, ControlCall> = {
  'GET /stats': call({
    summary: 'The requests that the sandbox received',
    answer:
      '`{since, total, requests: {operation: {status: count}}, byAccount: {email: {requests, quotaUnits}}, quotaUnits, bytesIn, bytesOut, peakConcurrency, running, notifications, faultsStruck}`; a connection broken by a fault has the status `dropped`',
    handle: ({ state, stats }) => {
      return ok({
        ...stats.toJSON(),
        notifications: state.apis.permissions.notifications.length,
        faultsStruck: state.behavior.faultCounts,
      });
    },
  }),
  'DELETE /stats': call({
    summary: 'Resets the counts',
    answer: 'Done',
    answers: 'nothing',
    handle: ({ state, stats }) => {
      stats.clear();
      state.apis.permissions.notifications = [];
      return { status: 204 };
    },
  }),
  'GET /log': call({
    summary: 'The newest requests (up to 10,000) that match all filters, oldest first, one JSON object per line',
    input: {
      type: 'object',
      properties: {
        operation: { type: 'string', description: 'One, or several as `files.*`' },
        account: { type: 'string', description: 'E-mail of the caller' },
        status: { type: 'string', description: '`403`, `4xx` or `dropped`' },
        fault: { type: 'string', description: 'Kind of the fault that hit the request, or `any`' },
        verdict: { type: 'string', description: "`ok`, `dropped`, `refused` or Google's reason" },
        contains: { type: 'string', description: 'Somewhere in the address, such as a file id' },
        limit: { type: 'integer', minimum: 1, description: 'Maximum number of lines; the newest ones' },
      },
    },
    answer:
      '`{time, operation, method, path, account, status, ms, verdict, fault}` on each line; status 0 is a broken connection. The log has no credentials.',
    answers: 'lines',
    handle: ({ stats }, input) => {
      checkStatus(input.status);
      return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, lines: stats.lines(input) };
    },
  }),
  'GET /meter': call({
    summary:
      'Units of Drive as Google would bill them: by project, account, day (Pacific time), class and bucket, with the busiest minute, egress and cost',
    answer:
      '`{day, dayEnds, prices, projects: [{project, minutes: {peakUnits, current}, days: [{date, requests, units, successful, classes, egressBytes, buckets: [{bucket, units, cost}], cost}], accounts: [{account, minutes, days}]}]}`',
    handle: ({ state, stats }) => ok(stats.meter.report(state.now())),
  }),
  'PUT /prices': call({
    summary: 'Sets the allowances and prices of the meter; omitted ones return to their defaults',
    input: { $ref: '#/components/schemas/Prices' },
    answer: 'All of them',
    handle: ({ stats }, input) => {
      stats.meter.setPrices(input);
      return ok({ ...stats.meter.prices });
    },
  }),
  'GET /notifications': call({
    summary: 'E-mails that Google would have sent about shared files',
    answer: '`{notifications: [{to, fileId, role, from, time, message}]}`',
    handle: ({ state }) => ok({ notifications: state.apis.permissions.notifications }),
  }),
  'GET /behavior': call({
    summary: 'The current behaviour',
    answer: 'The settings',
    answerSchema: '#/components/schemas/Behavior',
    handle: ({ state }) => ok({ ...state.behavior.settings }),
  }),
  'PUT /behavior': call({
    summary:
      'Sets the behaviour; omitted settings return to their defaults, and the counts of `nth` and quotas are reset',
    input: { $ref: '#/components/schemas/Behavior' },
    answer: 'The settings',
    example: {
      latencyMs: { 'files.copy': 400, '*': 20 },
      faults: [
        { operation: 'files.copy', nth: 3, times: 2, status: 403, reason: 'userRateLimitExceeded', retryAfter: 1 },
        { operation: 'files.upload.chunk', kind: 'drop', nth: 2 },
      ],
    },
    handle: ({ state }, input) => {
      state.behave(input);
      return ok({ ...state.behavior.settings });
    },
  }),
  'PATCH /behavior': call({
    summary: 'Changes only the given settings; the counts of unchanged settings continue',
    input: { $ref: '#/components/schemas/Behavior' },
    answer: 'The settings',
    example: { latencyMs: 'realistic' },
    handle: ({ state }, input) => {
      state.behave(input, true);
      return ok({ ...state.behavior.settings });
    },
  }),
  'POST /reset': call({
    summary: 'Restores the state at the start; deletes tokens, grants and later clients',
    answer: '`{accounts}`',
    handle: async ({ state, stats }) => {
      await state.reset();
      stats.clear();
      stats.meter.reset();
      return ok({ accounts: [...state.store.accounts.values()].map(({ email }) => email) });
    },
  }),
  'GET /clock': call({
    summary: "The sandbox's time",
    answer: '`{now, advancedMs}`',
    handle: ({ state }) => ok({ now: rfc3339(state.now()), advancedMs: state.advancedMs }),
  }),
  'POST /clock': call({
    summary:
      'Advances the clock: tokens, quotas, upload sessions, page tokens, expiring permissions and the trash age at once',
    input: { type: 'object', required: ['advanceMs'], properties: { advanceMs: { type: 'number', minimum: 0 } } },
    answer: '`{now, advancedMs}`',
    handle: ({ state }, input) => {
      state.advance(input.advanceMs);
      return ok({ now: rfc3339(state.now()), advancedMs: state.advancedMs });
    },
  }),
  'POST /days/use': call({
    summary: 'Uses up the 750 GB of a day: the account cannot upload or copy until 24 hours have passed on the clock',
    input: { type: 'object', properties: { account: { type: 'string', description: 'E-mail; default: all' } } },
    answer: '`{accounts}`',
    handle: ({ state }, input) => {
      const email = input.account;
      const accounts = email === undefined ? [...state.store.accounts.values()] : [state.store.knownAccount(email)];
      for (const account of accounts) state.behavior.useUpDay(account);
      return ok({ accounts: accounts.map((account) => account.email) });
    },
  }),
};

/** @throws SandboxUsageError for a status that no request can have */
function checkStatus(status: string | undefined): void {
  if (status !== undefined && !/^(\d{3}|\dxx|dropped)$/.test(status))
    throw new SandboxUsageError('status must be like 403, 4xx or dropped.');
}
