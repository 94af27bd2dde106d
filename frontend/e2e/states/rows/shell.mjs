const row = (state, sees, more = {}) => ({ state, path: '/transfers', sees, ...more });

export const rows = [
  row('offline', ['You are offline'], {
    arrange: async ({ page, context }) => {
      await page.getByText('No transfers yet').waitFor();
      await context.setOffline(true);
    },
  }),
  row('unknown address', ['There is no page at this address'], { path: '/nowhere' }),
  row('in German', ['Übertragungen'], { stored: { 'cloudmover.ui': '{"language":"de"}' } }),
];

export const notYet = [
  'live',
  'reconnecting',
  'polling',
  'values older than a minute',
  'commands',
  'help',
  'transfers that need you',
];
