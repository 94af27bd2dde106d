import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { capture, programOnPath } from './processes.ts';
import { ROOT } from './workspace.ts';

const docs = (name: string) => join(ROOT, 'docs', name);
interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string; runbook: string };
}

interface Panel {
  title: string;
  targets: { expr: string; legendFormat: string }[];
}

const dashboard = JSON.parse(readFileSync(docs('grafana-dashboard.json'), 'utf8')) as { panels: Panel[] };
const { groups } = parse(readFileSync(docs('prometheus-rules.yml'), 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);
/** A series with its selector, if it has one. */
const selectors = (expr: string) => expr.match(/\b(?:cloudmover|process|nodejs)_\w+(?:\{[^}]*\})?/g) ?? [];

describe('the Grafana dashboard', () => {
  it('selects the chosen installations in every query', () => {
    expect(queries.length).toBeGreaterThan(25);
    const without = queries.flatMap(({ expr }) => selectors(expr)).filter((each) => !each.includes('{job=~"$job"'));
    expect(without).toEqual([]);
  });

  it('counts a gauge that all processes of an installation share once for each installation', () => {
    const shared = /cloudmover_(sessions|transfers|queue_steps|processes|redis_memory\w*|shares_to_sweep|webhooks)\{/;
    const wrong = queries.filter(({ expr }) => shared.test(expr) && !/max by \(job\b/.test(expr));
    expect(wrong).toEqual([]);
  });
});

describe('the alerts', () => {
  it('name the installation', () => {
    expect(rules.length).toBeGreaterThan(4);
    for (const { expr, annotations } of rules) {
      expect(expr).toMatch(/by \(job\)/);
      expect(annotations.summary).toContain('{{ $labels.job }}');
    }
  });

  it('each have an entry in the documentation, which has no other', () => {
    const [, section = ''] = /^## Alerts\n([^]*?)^## /m.exec(readFileSync(docs('operations.md'), 'utf8')) ?? [];
    const entries = [...section.matchAll(/^### (.+)\n\n\S/gm)].map(([, title]) => title);
    expect(entries).toEqual(rules.map(({ alert }) => alert));
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('read metrics that the dashboard shows', () => {
    const shown = new Set(queries.flatMap(({ expr }) => selectors(expr)).map((each) => each.replace(/\{.*/, '')));
    const read = rules.flatMap(({ expr }) => selectors(expr)).map((each) => each.replace(/\{.*/, ''));
    expect(read.filter((name) => !shown.has(name))).toEqual([]);
  });
});

const [, example = ''] = /```yaml\n(rules:\n[^]*?)```/.exec(readFileSync(join(ROOT, 'deploy/helm/README.md'), 'utf8'))!;
const adapter = parse(example) as { rules: { external: { metricsQuery: string; resources?: object }[] } };

it('the example for the autoscaler asks for no namespace, which the metric need not have', () => {
  expect(adapter.rules.external.map(({ resources }) => resources)).toEqual([{ namespaced: false }]);
});

// Checked by Prometheus's own tool, which `npm test` fetches (Debian's package prometheus).
const promtool = process.env.PROMTOOL ?? programOnPath('promtool');
(promtool ? describe : describe.skip)('by promtool', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'promtool-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const said = (...args: string[]) => {
    const { code, output } = capture([promtool!, ...args], { cwd: folder });
    return code === 0 ? 'fine' : output;
  };
  const file = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), stringify(content));
    return join(folder, name);
  };
  const asked = (expr: string, jobs: string) => expr.replaceAll('$job', jobs).replaceAll('$__rate_interval', '5m');
  const titled = (title: string) => queries.find((query) => query.title === title)!.expr;

  it('scraping and alerts are valid', () => {
    expect(said('check', 'config', '--syntax-only', docs('prometheus.yml'))).toBe('fine');
    expect(said('check', 'rules', docs('prometheus-rules.yml'))).toBe('fine');
  });

  it('accepts every query of the dashboard', () => {
    const recorded = queries.map(({ expr }, index) => ({ record: `query:${index}`, expr: asked(expr, 'a') }));
    expect(said('check', 'rules', file('queries.yml', { groups: [{ name: 'dashboard', rules: recorded }] }))).toBe(
      'fine',
    );
  });

  it('accepts the query of the autoscaler', () => {
    const [{ metricsQuery } = { metricsQuery: '' }] = adapter.rules.external;
    const expr = metricsQuery.replace('<<.Series>>', 'cloudmover_queue_steps').replace('<<.LabelMatchers>>', 'job="a"');
    const rules = [{ record: 'query:autoscaler', expr }];
    expect(said('check', 'rules', file('autoscaler.yml', { groups: [{ name: 'chart', rules }] }))).toBe('fine');
  });

  it('keeps two installations with scaled workers apart', () => {
    const failing = (job: string, instance: string, values: string, fewer: string) =>
      instance !== '1' ? '0x20' : job === 'b' ? values : fewer;
    // Each process of a job reports the same gauges; `b` has others.
    const series = ['1', '2', '3'].flatMap((instance) =>
      (
        [
          ['a', 5, 2, 0.5],
          ['b', 7, 0, 0.95],
        ] as const
      ).flatMap(([job, sessions, workers, full]) => [
        { series: `cloudmover_sessions{job="${job}",instance="${instance}",type="source"}`, values: `${sessions}x20` },
        {
          series: `cloudmover_processes{job="${job}",instance="${instance}",role="worker",state="answering"}`,
          values: `${workers}x20`,
        },
        { series: `cloudmover_items_total{job="${job}",instance="${instance}",state="verified"}`, values: '0+60x20' },
        { series: `cloudmover_redis_memory_bytes{job="${job}",instance="${instance}"}`, values: `${full * 100}x20` },
        { series: `cloudmover_redis_memory_max_bytes{job="${job}",instance="${instance}"}`, values: '100x20' },
        {
          series: `cloudmover_webhooks{job="${job}",instance="${instance}",state="disabled"}`,
          values: `${job === 'b' ? 1 : 0}x20`,
        },
        {
          series: `cloudmover_item_failures_total{job="${job}",instance="${instance}",code="checksum_mismatch"}`,
          values: failing(job, instance, '0x5 1x15', '0x20'),
        },
        // One message or mail, in one process. One failure is no alert: a message is sent again after seconds.
        {
          series: `cloudmover_webhook_attempts_total{job="${job}",instance="${instance}",outcome="failed"}`,
          values: failing(job, instance, '0 1 2 3 4 5x15', '0 1x19'),
        },
        {
          series: `cloudmover_mails_total{job="${job}",instance="${instance}",outcome="failed"}`,
          values: failing(job, instance, '0 1 2 3x17', '0 1x19'),
        },
        {
          series: `cloudmover_mails_total{job="${job}",instance="${instance}",outcome="given_up"}`,
          values: failing(job, instance, '0x3 1x16', '0x20'),
        },
      ]),
    );
    const expected = (title: string, jobs: string, value: unknown, labels = '{}') => ({
      expr: asked(titled(title), jobs),
      eval_time: '10m',
      exp_samples: [{ labels, value }],
    });
    const alarm = (alertname: string, summary: string) => ({
      eval_time: '10m',
      alertname,
      exp_alerts: [
        {
          exp_labels: { job: 'b' },
          exp_annotations: { summary, runbook: `docs/operations.md#${alertname.toLowerCase()}` },
        },
      ],
    });
    const test = {
      rule_files: [docs('prometheus-rules.yml')],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          promql_expr_test: [
            expected('Live sessions', 'a', 5),
            expected('Live sessions', 'b', 7),
            expected('Live sessions', 'a|b', 12),
            expected('Workers responding', 'a', 2),
            expected('Items a minute', 'a', 180, '{state="verified"}'),
          ],
          alert_rule_test: [
            alarm('CloudMoverNoWorker', 'No worker of b is responding: transfers wait'),
            alarm('CloudMoverChecksumMismatch', 'A copy of b differs from its original'),
            alarm('CloudMoverRedisFull', 'The Redis of b is nearly full: writes will fail'),
            alarm(
              'CloudMoverWebhookDisabled',
              'A webhook of b is disabled, because its receiver failed: messages wait',
            ),
            alarm('CloudMoverWebhookFailing', 'Messages of b to a webhook keep failing'),
            alarm('CloudMoverMailFailing', 'Mails of b are not accepted by the mail server'),
          ],
        },
      ],
    };
    expect(said('test', 'rules', file('installations.yml', test))).toBe('fine');
  });
});
