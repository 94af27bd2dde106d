import type { Page } from 'playwright-core';
import type {
  DayUsage,
  Delivery,
  DeliveryDetail,
  MachineKey,
  MachineKeyCreated,
  OperatorSession,
  ScheduledTransfer,
  UsageByDay,
  Webhook,
} from '../../../src/app/api/models';
import { calm, minutesAgo } from '../answers.ts';
import { expectDialogInShape } from '../geometry.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { problem } from '../stage.ts';

const DAY = 24 * 60;
const SESSION = { 'cloudmover.operator': `cmo_pA2kQ0n7cJmWl9b3XyT1uQ.${'s'.repeat(43)}` };

const aKey = (name: string, parts: Partial<MachineKey> = {}): MachineKey => ({
  ...{ id: `${name.replace(/\W/g, '')}q5Zt0c9hT2uKjH1xV3mW8w`.slice(0, 22), name, scopes: ['sessions:create'] },
  ...{ createdAt: minutesAgo(20 * DAY), expiresAt: minutesAgo(-70 * DAY), lastUsedAt: minutesAgo(45) },
  ...parts,
});
const KEYS: MachineKey[] = [
  aKey('Nightly import'),
  aKey('Board in the server room', { scopes: ['analytics', 'transfers'], lastUsedAt: null }),
  aKey('Archive of the audit log', {
    scopes: ['audit'],
    expiresAt: minutesAgo(3 * DAY),
    lastUsedAt: minutesAgo(4 * DAY),
  }),
];
const NEW: MachineKeyCreated = {
  ...aKey('Nightly import', { lastUsedAt: null }),
  key: 'cmk_q5Zt0c9hT2uKjH1xV3mW8w.3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs',
};
const session = (id: string, parts: Partial<OperatorSession>): OperatorSession => ({
  ...{ id, device: { browser: 'Firefox', os: 'Linux' }, createdAt: minutesAgo(DAY), lastUsedAt: minutesAgo(1) },
  ...{ expiresAt: minutesAgo(-479), endsAt: minutesAgo(-6 * DAY), current: false },
  ...parts,
});

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({
  ...{ state, path: '/settings/api', sees, stored: SESSION },
  ...more,
  api: {
    'GET /api/keys': { keys: KEYS },
    'GET /session/active': {
      sessions: [],
      operatorSessions: [
        session('here', { current: true }),
        session('there', { device: { browser: 'Chrome', os: 'Android' }, lastUsedAt: minutesAgo(200) }),
      ],
    },
    ...more.api,
  },
});

const aWebhook = (id: string, parts: Partial<Webhook> = {}): Webhook => ({
  ...{ id, description: '', url: 'https://help.school.example/hooks/cloudmover', createdAt: minutesAgo(12 * DAY) },
  ...{ events: ['transfer.completed', 'transfer.failed', 'transfer.parked', 'transfer.needs_reconnect'] },
  ...{ enabled: true, lastSuccessAt: minutesAgo(20), waiting: 0 },
  ...parts,
});
const WEBHOOKS: Webhook[] = [
  aWebhook('helpdesk', { description: 'Helpdesk', waiting: 1 }),
  aWebhook('chat', { url: 'https://chat.contoso.example/in/4f2a', events: ['transfer.needs_reconnect'] }),
  aWebhook('old', {
    ...{ description: 'Old dashboard', url: 'https://status.northwind.example/cm', lastSuccessAt: minutesAgo(4 * DAY) },
    ...{ enabled: false, disabledReason: 'no_success', disabledAt: minutesAgo(DAY), waiting: 12 },
  }),
];
const aDelivery = (id: string, parts: Partial<Delivery> = {}): Delivery => ({
  ...{ id, type: 'transfer.completed', createdAt: minutesAgo(49), state: 'delivered' },
  attempts: [{ at: minutesAgo(49), latencyMs: 142, status: 200 }],
  ...parts,
});
const PARKED = aDelivery('msg_parked', {
  ...{ type: 'transfer.parked', createdAt: minutesAgo(61), state: 'waiting', nextAttemptAt: minutesAgo(-28) },
  attempts: [
    { at: minutesAgo(61), latencyMs: 2100, status: 503 },
    { at: minutesAgo(60), latencyMs: 15_000, error: 'timeout' },
    { at: minutesAgo(55), latencyMs: 2010, status: 503 },
  ],
});
const DELIVERIES: Delivery[] = [
  aDelivery('msg_done'),
  PARKED,
  aDelivery('msg_failed', { type: 'transfer.failed', createdAt: minutesAgo(4 * DAY), state: 'failed' }),
  aDelivery('msg_test', { type: 'webhook.test', createdAt: minutesAgo(5 * DAY) }),
];
const DETAIL: DeliveryDetail = {
  ...PARKED,
  body: '{"type":"transfer.parked","timestamp":"2026-11-24T09:20:47Z","data":{"id":"tr_4HD81C","state":"waiting_quota"}}',
  reply: 'upstream connect error or disconnect/reset before headers',
};
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

/** A state of the webhooks. */
const hooks = (state: string, sees: Sight[], more: MoreOfRow = {}): Row =>
  row(state, sees, {
    path: '/settings/webhooks/helpdesk',
    ...more,
    api: {
      'GET /api/webhooks': { webhooks: WEBHOOKS },
      'GET /api/webhooks/{id}/deliveries': { deliveries: DELIVERIES, nextCursor: '1.a' },
      'GET /api/webhooks/{id}/deliveries/{deliveryId}': DETAIL,
      ...more.api,
    },
  });

const aSchedule = (
  id: string,
  [source, destination]: [string, string],
  schedule: Partial<ScheduledTransfer['schedule']>,
): ScheduledTransfer => ({
  ...{ id, createdAt: minutesAgo(9 * DAY), state: 'completed' },
  source: { email: source, name: source },
  destination: { email: destination, name: destination },
  schedule: { cron: '0 2 * * *', timezone: 'UTC', state: 'active', ...schedule },
});
const lastRun = { at: minutesAgo(500), changed: 14, state: 'completed' } as const;
const SCHEDULES: ScheduledTransfer[] = [
  aSchedule('tr_1', ['ana.ruiz@school.example', 'archive@contoso.example'], { nextRunAt: minutesAgo(-960), lastRun }),
  aSchedule('tr_2', ['office@northwind.example', 'archive@contoso.example'], {
    ...{ nextRunAt: minutesAgo(1), lastRun: { ...lastRun, changed: 2, state: 'completed_with_failures' } },
    ...{ cron: undefined, every: 'PT6H', hours: { from: '20:00', to: '06:00' } },
  }),
  {
    ...aSchedule('tr_6', ['lee@school.example', 'lee@contoso.example'], { nextRunAt: minutesAgo(-960), lastRun }),
    state: 'needs_reconnect',
  },
  aSchedule('tr_3', ['bob@school.example', 'bob@contoso.example'], { state: 'paused' }),
  aSchedule('tr_4', ['eva@school.example', 'eva@contoso.example'], { state: 'ended', lastRun }),
  aSchedule('tr_5', ['kim@school.example', 'kim@contoso.example'], {
    ...{ cron: undefined, timezone: 'Europe/Berlin', hours: { from: '22:00', to: '05:30' } },
  }),
];

const usageOf = (date: string, edits: number): DayUsage => ({
  ...{ date, requests: edits + 62, units: 50 * edits + 5_960, bytesIn: 2_500_000, bytesOut: 220_000 },
  byClass: [
    { class: 'get', requests: 12, units: 60 },
    { class: 'list', requests: 55, units: 5_500 },
    { class: 'download', requests: 2, units: 400 },
    { class: 'edit', requests: edits, units: 50 * edits },
  ],
});
const USAGE: UsageByDay = {
  today: { limit: 1_000_000, used: 640_200, endsAt: minutesAgo(-1_300) },
  waiting: 0,
  days: [
    usageOf('2026-11-24', 12_685),
    usageOf('2026-11-23', 19_881),
    { date: '2026-11-22', requests: 0, units: 0, byClass: [], bytesIn: 0, bytesOut: 0 },
    usageOf('2026-11-21', 1_173),
  ],
};

const startKey = async (page: Page) => {
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByLabel('Name of the program').fill('Nightly import');
  await page.getByRole('checkbox', { name: /^sessions:create/ }).check();
  await page.getByRole('dialog').getByLabel('Operator key').fill('the-operator-key');
};

export const rows: Row[] = [
  row(
    'asks for the key',
    [
      ['heading', 'Settings'],
      ['heading', 'This page is for the operator'],
      ['checkbox', 'Keep me signed in'],
      ['button', 'Unlock'],
    ],
    {
      stored: {},
      path: '/settings',
      lacks: [
        ['link', 'Settings'],
        ['link', 'API'],
      ],
    },
  ),
  row('session ended', ['Your operator session has ended. Enter the key again.', ['button', 'Unlock']], {
    api: { 'GET /api/keys': problem(403, 'operator_key_refused', 'The operator key was refused') },
  }),
  row('API', [
    ['heading', 'API'],
    ['link', 'openapi.json'],
    /npx @cloudmover\/cli login source --server http/,
    ['heading', 'Machine keys'],
    'Board in the server room',
    'sessions:create',
    'Expired',
    ['button', 'End the key Nightly import'],
    ['heading', 'Operator sessions'],
    'this browser',
    ['button', 'Lock: forget the operator key'],
  ]),
  row(
    'API, none yet',
    [
      ['heading', 'No machine keys yet'],
      ['button', 'Create key'],
    ],
    {
      api: { 'GET /api/keys': { keys: [] }, 'GET /session/active': { sessions: [] } },
      lacks: [['heading', 'Operator sessions']],
    },
  ),
  row('creating a key', [['dialog', 'Create a machine key'], ['checkbox', /^audit/], /outlives your session/], {
    arrange: ({ page }) => startKey(page),
    holds: ({ page }) => expectDialogInShape(page),
  }),
  row('a new key', [['dialog', 'Copy the key now'], NEW.key, ['button', 'I have copied it']], {
    api: { 'POST /api/keys': NEW },
    arrange: async ({ page }) => {
      await startKey(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    },
    holds: ({ page }) => expectDialogInShape(page),
  }),
  row(
    'ending a key asks',
    [
      ['alertdialog', 'End the key Nightly import?'],
      ['button', 'Keep it'],
    ],
    {
      arrange: ({ page }) => page.getByRole('button', { name: 'End the key Nightly import' }).click(),
      holds: ({ page }) => expectDialogInShape(page, 'alertdialog'),
    },
  ),
  row('API could not be loaded', ['The machine keys could not be loaded', ['button', 'Try again']], {
    api: { 'GET /api/keys': problem(503, 'service_unavailable', 'CloudMover is not ready') },
  }),
  row(
    'as a menu',
    [
      ['menuitem', 'Analytics'],
      ['menuitem', 'Settings'],
    ],
    {
      // A menu is above the page's regions and belongs to none.
      except: ['region'],
      arrange: async ({ page }) => {
        await page.setViewportSize({ width: 900, height: 700 });
        await page.getByRole('button', { name: 'Operator', exact: true }).click();
      },
    },
  ),
  hooks(
    'webhooks',
    [
      ['heading', 'Webhooks'],
      ['link', 'Helpdesk'],
      ['link', 'chat.contoso.example'],
      /Old dashboard returned no successful response for three days, so it was turned off/,
      /12 events wait/,
      ['button', 'Turn on Old dashboard'],
      'Turned off',
    ],
    { path: '/settings', lacks: [['heading', 'Deliveries']] },
  ),
  hooks(
    'no webhooks',
    [
      ['heading', 'No webhooks yet'],
      ['button', 'Add webhook'],
    ],
    {
      path: '/settings/webhooks',
      api: { 'GET /api/webhooks': { webhooks: [] } },
    },
  ),
  hooks('webhooks could not be loaded', ['The webhooks could not be loaded', ['button', 'Try again']], {
    api: { 'GET /api/webhooks': problem(503, 'service_unavailable', 'CloudMover is not ready') },
  }),
  hooks('a webhook', [
    ['heading', 'Helpdesk'],
    'transfer.needs_reconnect',
    ['heading', 'Deliveries'],
    /503, next attempt 10:50/,
    /200, given up/,
    '142 ms',
    ['button', 'Send test'],
    ['button', /^Send again: webhook\.test, /],
    ['button', 'Show more'],
  ]),
  hooks('a selected webhook has the focus', [['heading', 'Helpdesk']], {
    path: '/settings/webhooks',
    arrange: async ({ page }) => {
      await page.getByRole('link', { name: 'Helpdesk' }).click();
      await page.getByRole('heading', { name: 'Helpdesk' }).and(page.locator(':focus')).waitFor();
    },
  }),
  hooks('a webhook without deliveries', [/Nothing was sent yet/], {
    api: { 'GET /api/webhooks/{id}/deliveries': { deliveries: [] } },
  }),
  hooks('a webhook that is gone', ['This webhook no longer exists.'], { path: '/settings/webhooks/other' }),
  hooks('a delivery', ['no reply in 15 s', /"state": "waiting_quota"/, /upstream connect error/, 'next attempt'], {
    arrange: async ({ page }) => {
      await page.getByRole('button', { name: 'transfer.parked', exact: true }).click();
      await page.getByText('no reply in 15 s').scrollIntoViewIfNeeded();
    },
  }),
  hooks(
    'adding a webhook',
    [
      ['dialog', 'Add webhook'],
      ['checkbox', 'needs a new sign-in'],
    ],
    {
      arrange: ({ page }) => page.getByRole('button', { name: 'Add webhook' }).click(),
      holds: ({ page }) => expectDialogInShape(page),
    },
  ),
  hooks(
    'an internal address',
    ['This address is on the internal network, which this server does not allow.', ['dialog', 'Edit webhook']],
    {
      api: { 'PATCH /api/webhooks/{id}': problem(422, 'address_refused', 'The address is inside a network') },
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Edit' }).click();
        await page.getByRole('dialog').getByLabel('Address').fill('https://10.0.0.7/hook');
        await page.getByRole('button', { name: 'Save' }).click();
      },
    },
  ),
  hooks('a new secret', [['dialog', 'Copy the secret now'], SECRET, ['button', 'I have copied it']], {
    api: { 'POST /api/webhooks/{id}/rotate-secret': { secret: SECRET, previousSecretUntil: minutesAgo(-DAY) } },
    arrange: async ({ page }) => {
      await page.getByRole('button', { name: /^More: / }).click();
      await page.getByRole('menuitem', { name: 'New secret' }).click();
      await page.getByRole('button', { name: 'Create secret' }).click();
    },
    holds: ({ page }) => expectDialogInShape(page),
  }),
  hooks(
    'deleting a webhook asks',
    [
      ['alertdialog', 'Delete Helpdesk?'],
      ['button', 'Keep it'],
    ],
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: /^More: / }).click();
        await page.getByRole('menuitem', { name: 'Delete' }).click();
      },
    },
  ),
  row(
    'schedules',
    [
      ['heading', 'Schedules'],
      ['link', 'ana.ruiz@school.example to archive@contoso.example'],
      /Every 6 hours; only from 20:00 to 06:00/,
      /as soon as it can start/,
      /2 changed, some failed/,
      'Reconnect needed',
      /Paused/,
      /hours only/,
      ['button', 'Show more'],
    ],
    { path: '/settings/schedules', api: { 'GET /api/schedules': { schedules: SCHEDULES, nextCursor: '1.a' } } },
  ),
  row('no schedules', [['heading', 'No schedules yet']], {
    path: '/settings/schedules',
    api: { 'GET /api/schedules': { schedules: [] } },
  }),
  row('schedules could not be loaded', ['The schedules could not be loaded', ['button', 'Try again']], {
    path: '/settings/schedules',
    api: { 'GET /api/schedules': problem(503, 'service_unavailable', 'CloudMover is not ready') },
  }),
  row(
    'Google units',
    [
      ['heading', 'Google units'],
      '1 million',
      '640,200 (64%)',
      'Units by class and day',
      /634,250/,
      /^To change the limit, set GOOGLE_UNITS_PER_DAY/,
    ],
    { path: '/settings/usage', api: { 'GET /api/usage': USAGE } },
  ),
  row('Google units without a limit', ['No limit is set', /GOOGLE_UNITS_PER_DAY/], {
    path: '/settings/usage',
    api: { 'GET /api/usage': { ...USAGE, today: null } },
  }),
  row('Google units used up', ['3 transfers wait: the units of today are used up', /Resumes automatically:/], {
    path: '/settings/usage',
    api: { 'GET /api/usage': { ...USAGE, today: { ...USAGE.today!, used: 1_000_000 }, waiting: 3 } },
  }),
  row('Google units could not be loaded', ['The units could not be loaded', ['button', 'Try again']], {
    path: '/settings/usage',
    api: { 'GET /api/usage': problem(503, 'service_unavailable', 'CloudMover is not ready') },
  }),
  row('no mail', ['Set SMTP_URL to send mail', ['link', 'Mail']], {
    path: '/settings/mail',
    api: { 'GET /api/about': { ...calm()['GET /api/about'], mailAvailable: false } },
  }),
  row(
    'a test mail that failed',
    [/^The mail server did not accept the mail/, /user name or password. Reply code: 535/],
    {
      path: '/settings/mail',
      api: {
        'POST /api/mail/test': problem(502, 'mail_failed', 'The mail server did not accept the mail', {
          mail: { failure: 'authentication_failed', replyCode: 535 },
        }),
      },
      arrange: async ({ page }) => {
        await page.getByLabel('Address').fill('admin@contoso.example');
        await page.getByRole('button', { name: 'Send a test' }).click();
      },
    },
  ),
];
