import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aTransfer, ANA, minutesAgo } from '../answers.ts';
import { expectVisibleInForcedColors } from '../forced-colors.ts';
import { expectDialogInShape } from '../geometry.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { cut, stream, unknownProblem } from '../stage.ts';

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({ state, path: '/transfers', sees, ...more });

/** The background and border colours of the dot beside the connection's state, as variables of the theme. */
const hasDot =
  (kind: string) =>
  async ({ page }: { page: Page }) => {
    await expectVisibleInForcedColors(page, { '.connection::before': '' });
    expect(
      await page.evaluate(() => {
        const colors = Object.fromEntries(
          ['ok', 'warn', 'bad', 'outline'].map((name) => {
            const probe = document.body.appendChild(document.createElement('i'));
            probe.style.color = `var(--${name})`;
            const { color } = getComputedStyle(probe);
            probe.remove();
            return [color, name];
          }),
        );
        const dot = getComputedStyle(document.querySelector('.connection')!, '::before');
        const border = dot.borderTopWidth === '0px' ? 'none' : colors[dot.borderTopColor];
        return `${colors[dot.backgroundColor] ?? 'empty'}, border ${border}`;
      }),
    ).toBe(kind);
  };

export const rows: Row[] = [
  row('offline', ['You are offline'], {
    holds: hasDot('empty, border bad'),
    arrange: async ({ page, context }) => {
      await page.getByText('No transfers yet').waitFor();
      // Another language must be loaded before it can be used offline.
      for (const language of ['de', 'en']) {
        await page.evaluate((newValue) => {
          dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.ui', newValue }));
        }, JSON.stringify({ language }));
        await page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' });
      }
      await context.setOffline(true);
    },
  }),
  row('commands', [['combobox', 'What do you want to do?'], 'Connect a destination account', 'Theme: Dark'], {
    arrange: async ({ page }) => {
      await page.getByText('No transfers yet').waitFor();
      await page.keyboard.press('Control+k');
    },
    holds: ({ page }) => expectVisibleInForcedColors(page, { '.option.active': '.option:not(.active)' }),
  }),
  row('help', [['dialog', 'Keyboard and help'], 'Select all loaded', ['checkbox', 'Single-key shortcuts']], {
    arrange: ({ page }) => page.getByRole('button', { name: 'Keyboard shortcuts and help' }).click(),
    holds: ({ page }) => expectDialogInShape(page),
  }),
  row('unknown address', ['There is no page at this address'], { path: '/nowhere' }),
  row('in German', ['Übertragungen'], { stored: { 'cloudmover.ui': '{"language":"de"}' } }),
  row('live', ['Live'], { holds: hasDot('ok, border none') }),
  row('reconnecting', [/^Reconnecting in \d+ s$/], {
    api: { 'GET /api/transfers/events': cut },
    holds: hasDot('empty, border warn'),
  }),
  row('polling', [/^Updated 10:2\d, every 15 s$/], {
    holds: hasDot('empty, border outline'),
    // The second request is refused a second after the first.
    stored: { haste: '4' },
    // A proxy that does not let streams pass. A 503 of CloudMover itself would count as a broken connection.
    api: { 'GET /api/transfers/events': unknownProblem(502, 'bad_gateway', 'No streams here') },
  }),
  row('values older than a minute', ['61%', /^Reconnecting in \d+ s$/], {
    stored: { haste: '8' },
    path: '/transfers/tr_7KQ2M9',
    api: { 'GET /api/transfers/events': stream('Transfer', aTransfer()) },
    arrange: async ({ page, stage }) => {
      await page.getByText('61%').waitFor();
      stage.change({ 'GET /api/transfers/events': cut });
      stage.hangUp();
      await page.evaluate(() => globalThis.letPass(90_000));
      // The page updates its clock every 15 seconds.
      await page.locator('.stale').waitFor();
    },
  }),
  row(
    'a transfer is waiting for you',
    [/1 transfer is waiting for you/, ['button', /^Resume: /], ['button', /^Cancel: /]],
    {
      api: {
        'GET /api/transfers/events': stream(
          'Transfer',
          aTransfer({
            id: 'tr1',
            state: 'needs_reconnect',
            parked: { side: 'source', account: ANA.email, since: minutesAgo(300) },
            allowedActions: ['reconnect', 'resume', 'cancel'],
            consents: { resume: ['source'] },
          }),
        ),
      },
    },
  ),
  row('transfers that need attention', [['link', 'Transfers 2 need attention']], {
    api: {
      'GET /api/transfers/events': stream(
        'Transfer',
        aTransfer({
          id: 'tr1',
          state: 'needs_reconnect',
          parked: { side: 'source', account: ANA.email, since: '2026-11-24T08:02:00.000Z' },
        }),
        aTransfer({
          id: 'tr2',
          state: 'paused',
          problem: { code: 'destination_storage_full', title: 'The destination is full.', detail: 'Free some space.' },
        }),
        aTransfer({ id: 'tr3', state: 'paused' }),
      ),
    },
  }),
];
