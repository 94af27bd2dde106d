import type { Usage } from './model/quota-units.js';
import { UsageMeter } from './usage-meter.js';

const written: Usage[] = [];
let uptime = 0;
let isAway = false;
const ledger = {
  async countUsage(usage: Usage) {
    if (isAway) throw new Error('Redis is not responding.');
    written.push({ ...usage });
  },
};
let meter: UsageMeter;

beforeEach(() => {
  written.length = uptime = 0;
  isAway = false;
  meter = new UsageMeter(ledger, () => uptime);
});

it('writes at most once a second, and what is left when a step ends', async () => {
  for (; uptime < 2_000; uptime += 250) {
    meter.count('edit', 1);
    await Promise.resolve();
  }
  meter.count('received', 700);
  await meter.flush();
  expect(written).toEqual([{ edit: 1 }, { edit: 4 }, { edit: 3, received: 700 }]);
  await meter.flush();
  expect(written).toHaveLength(3);
});

it('keeps what could not be written, and writes it once', async () => {
  isAway = true;
  meter.count('list', 2);
  await meter.flush();
  meter.count('list', 1);
  isAway = false;
  await Promise.all([meter.flush(), meter.flush()]);
  expect(written).toEqual([{ list: 3 }]);
});
