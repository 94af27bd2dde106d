import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics } from './metrics.js';

const RULES = readFileSync(join(import.meta.dirname, '../../../docs/prometheus-rules.yml'), 'utf8');

it('begins what the alerts count at 0, so that Prometheus sees the first increase', async () => {
  const counted = [...RULES.matchAll(/increase\((\w+)\{(\w+)=~?"([^"]+)"\}/g)].flatMap(([, name, label, values = '']) =>
    values.split('|').map((value) => `${name}{${label}="${value}"} 0`),
  );
  expect(counted).toContain('cloudmover_item_failures_total{code="checksum_mismatch"} 0');
  const lines = (await new Metrics().registry.metrics()).split('\n');
  expect(lines.filter((line) => counted.includes(line)).sort()).toEqual(counted.sort());
});
