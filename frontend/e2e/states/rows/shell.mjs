const row = (state, sees, more = {}) => ({ state, path: '/transfers', sees, ...more });

export const rows = [
  row('offline', ['You are offline'], {
    arrange: async ({ page, context }) => {
      await page.getByText('No transfers yet').waitFor();
      // Another language must have been seen before it can be spoken without a network.
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
  }),
  row('help', [['dialog', 'Keyboard and help'], 'Select all loaded', ['checkbox', 'Single-key shortcuts']], {
    arrange: ({ page }) => page.getByRole('button', { name: 'Keyboard shortcuts and help' }).click(),
  }),
  row('unknown address', ['There is no page at this address'], { path: '/nowhere' }),
  row('in German', ['Übertragungen'], { stored: { 'cloudmover.ui': '{"language":"de"}' } }),
];

export const notYet = ['live', 'reconnecting', 'polling', 'values older than a minute', 'transfers that need you'];
