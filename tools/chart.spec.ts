import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Ajv } from 'ajv';
import { CHART, chartValues, type Manifest, renderChart } from './chart.ts';
import { capture } from './processes.ts';
import { ROOT } from './workspace.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const OWN = { publicUrl: 'https://mover.example.com', googleClientId: 'client' };
/** With everything that can be set. */
const FULL = {
  ...OWN,
  image: { repository: 'registry.example.com/cloudmover', digest: `sha256:${'a'.repeat(64)}` },
  settings: { MAX_OPEN_TRANSFERS: '50', ALLOWED_ACCOUNTS: 'example.com' },
  secret: { name: 'mover', keys: { OPERATOR_KEY: 'operator', METRICS_KEY: 'metrics' } },
  networkPolicy: {
    api: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }],
    metrics: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { app: 'prometheus' } },
      },
    ],
    redis: { port: 6380, peers: [{ ipBlock: { cidr: '10.1.2.3/32' } }] },
    out: [443, 587],
  },
};
const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as object,
);

interface Pods {
  metadata: { labels: Record<string, string> };
  spec: {
    automountServiceAccountToken: boolean;
    securityContext: Record<string, unknown>;
    containers: {
      image: string;
      env: { name: string; value: string }[];
      securityContext: Record<string, unknown>;
      ports: { name: string; containerPort: number }[];
      resources: { limits: object; requests: object };
      startupProbe: Probe;
      livenessProbe: Probe;
      readinessProbe: Probe;
    }[];
  };
}
interface Probe {
  httpGet: { path: string; port: string };
}
interface Deployment extends Manifest {
  spec: { replicas?: number; selector: { matchLabels: Record<string, string> }; template: Pods };
}

const render = (own: Record<string, unknown>) => renderChart('mover', chartValues(own));
const named = <T extends Manifest>(objects: Manifest[], kind: string, name: string) =>
  objects.find((each) => each.kind === kind && each.metadata.name === name) as T;
const variablesOf = (deployment: Deployment) =>
  Object.fromEntries(deployment.spec.template.spec.containers[0]!.env.map(({ name, value }) => [name, value]));

describe('the Helm chart', () => {
  const objects = render(OWN);
  const deployments = ['api', 'worker'].map((role) => named<Deployment>(objects, 'Deployment', `mover-${role}`));
  const [api, worker] = deployments as [Deployment, Deployment];

  it('has the version of the packages', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('deploy/helm/Chart.yaml')).toMatch(new RegExp(`^version: ${version}\\nappVersion: ${version}$`, 'm'));
  });

  it('checks its values: the address and the client are required, and no secret is a setting', () => {
    const problemsOf = (own: Record<string, unknown>) => {
      validate(chartValues(own));
      return validate.errors?.map(({ instancePath }) => instancePath) ?? [];
    };
    expect(problemsOf(OWN)).toEqual([]);
    expect(problemsOf(FULL)).toEqual([]);
    expect(problemsOf({})).toEqual(expect.arrayContaining(['/publicUrl', '/googleClientId']));
    expect(problemsOf({ ...OWN, publicUrl: 'http://mover.example.com' })).toEqual(['/publicUrl']);
    expect(problemsOf({ ...OWN, workers: 3 })).toEqual(['']);
    const secrets = [...read('backend/src/config/config.ts').matchAll(/\bsecret\(\s*'([A-Z_]+)'/g)].map(
      ([, name]) => name!,
    );
    expect(secrets.length).toBeGreaterThan(6);
    for (const name of secrets)
      expect([name, problemsOf({ ...OWN, settings: { [name]: 'x' } })]).not.toEqual([name, []]);
  });

  it('renders objects of Kubernetes’s types, with the least values and with all', () => {
    const types: Record<string, string> = {
      Deployment: 'apps/v1',
      Service: 'core/v1',
      HorizontalPodAutoscaler: 'autoscaling/v2',
      PodDisruptionBudget: 'policy/v1',
      NetworkPolicy: 'networking/v1',
    };
    // As literals, in which the compiler also refuses fields that a type does not have.
    const program = [...render(OWN), ...render(FULL)].map((object, index) => {
      const type = `import('kubernetes-types/${types[object.kind]}').${object.kind}`;
      return `export const object${index}: ${type} = ${JSON.stringify(object, undefined, 2)};`;
    });
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    try {
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'chart.ts'), program.join('\n'));
      const compiler = [process.execPath, join(ROOT, 'node_modules/typescript-7/bin/tsc'), '--noEmit', '--strict'];
      const options = ['--moduleResolution', 'bundler', '--module', 'esnext', 'chart.ts'];
      expect(capture([...compiler, ...options], { cwd: folder, timeoutMs: 120_000 }).output).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('runs API and workers with their roles, as no root, without rights and with a file system that is read only', () => {
    for (const [index, { spec }] of deployments.entries()) {
      const { metadata, spec: pod } = spec.template;
      expect(metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      const [container] = pod.containers;
      expect(container!.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container!.image).toBe('cloudmover:0.1.0');
      expect(Object.keys(container!.resources)).toEqual(['requests', 'limits']);
      expect(variablesOf(deployments[index]!)['CLOUDMOVER_ROLE']).toBe(['api', 'worker'][index]);
    }
    expect(named<Deployment>(render(FULL), 'Deployment', 'mover-api').spec.template.spec.containers[0]!.image).toBe(
      `registry.example.com/cloudmover@sha256:${'a'.repeat(64)}`,
    );
  });

  it('probes routes that exist, on the port of the image', () => {
    const { paths } = JSON.parse(read('backend/openapi.json')) as { paths: Record<string, object> };
    const port = Number(/\bPORT=(\d+)/.exec(read('backend/Dockerfile'))?.[1]);
    for (const { spec } of deployments) {
      const [container] = spec.template.spec.containers;
      const { startupProbe, livenessProbe, readinessProbe, ports } = container!;
      expect(ports).toEqual([{ name: 'http', containerPort: port }]);
      expect(livenessProbe.httpGet).toEqual({ path: '/health/live', port: 'http' });
      expect(readinessProbe.httpGet).toEqual({ path: '/health/ready', port: 'http' });
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
        expect(paths).toHaveProperty([httpGet.path]);
    }
  });

  it('sets only variables that CloudMover knows, and reads secrets from files', () => {
    const known = [...read('backend/src/config/config.ts').matchAll(/\b(?:setting|secret)\(\s*'([A-Z_]+)'/g)];
    const names = new Set(known.map(([, name]) => name));
    for (const name of ['api', 'worker']) {
      const variables = variablesOf(named<Deployment>(render(FULL), 'Deployment', `mover-${name}`));
      expect(Object.keys(variables).filter((each) => !names.has(each.replace(/_FILE$/, '')))).toEqual([]);
      expect(variables).toMatchObject({
        PUBLIC_URL: OWN.publicUrl,
        MAX_OPEN_TRANSFERS: '50',
        CREDENTIALS_KEYS_FILE: '/run/secrets/cloudmover/credentials-keys',
        REDIS_URL_FILE: '/run/secrets/cloudmover/redis-url',
        OPERATOR_KEY_FILE: '/run/secrets/cloudmover/operator',
      });
    }
  });

  it('scales the workers by the steps that wait, and never disrupts all of them', () => {
    const scaler = named<Manifest & { spec: object }>(objects, 'HorizontalPodAutoscaler', 'mover-worker');
    expect(scaler.spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'mover-worker' },
      minReplicas: 1,
      maxReplicas: 8,
      metrics: [{ external: { metric: { name: 'cloudmover_queue_steps_waiting' }, target: { averageValue: '20' } } }],
    });
    // With a number of its own, each update would set the workers back.
    expect(worker.spec.replicas).toBeUndefined();
    expect(api.spec.replicas).toBe(2);
    expect(read('deploy/helm/README.md')).toContain('cloudmover_queue_steps{state="waiting"');
    for (const { metadata, spec } of deployments) {
      const budget = named<Manifest & { spec: object }>(objects, 'PodDisruptionBudget', metadata.name);
      expect(budget.spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: spec.selector.matchLabels } });
    }
  });

  it('lets pods open connections to Redis and DNS and to what is named, and lets only the API be reached', () => {
    const policies = (own: Record<string, unknown>) => render(own).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies({ ...OWN, networkPolicy: { enabled: false } })).toEqual([]);
    expect(policies(OWN).map(({ metadata }) => metadata.name)).toEqual(['mover', 'mover-api']);
    const [all, ofApi, metrics] = policies(FULL) as (Manifest & { spec: Record<string, unknown> })[];
    for (const { spec } of deployments)
      expect(spec.template.metadata.labels).toMatchObject(
        (all!.spec['podSelector'] as { matchLabels: Record<string, string> }).matchLabels,
      );
    expect(all!.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    expect(all!.spec).not.toHaveProperty('ingress');
    expect(all!.spec['egress']).toEqual([
      { ports: ['UDP', 'TCP'].map((protocol) => ({ port: 53, protocol })) },
      { ports: [{ port: 6380, protocol: 'TCP' }], to: FULL.networkPolicy.redis.peers },
      { ports: [{ port: 443, protocol: 'TCP' }] },
      { ports: [{ port: 587, protocol: 'TCP' }] },
    ]);
    expect(ofApi!.spec['ingress']).toEqual([
      { ports: [{ port: 3000, protocol: 'TCP' }], from: FULL.networkPolicy.api },
    ]);
    expect(metrics!.spec['ingress']).toMatchObject([{ from: FULL.networkPolicy.metrics }]);
  });
});
