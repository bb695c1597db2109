/* eslint-disable @typescript-eslint/no-explicit-any -- YAML can be anything */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import { renderConfigurationTable } from '../../src/platform/config/index.js';
import { findPromtool } from './support/installed.js';
import { ROOT } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

/** No container engine runs where these tests do: what they read is checked, and not that it runs in one. */
const text = (name: string) => readFileSync(join(ROOT, 'deploy', name), 'utf8');
const dockerfile = text('Dockerfile');
const compose = load(text('compose.yaml'), { schema: YAML11_SCHEMA }) as any;
const [deployment, service, budget] = loadAll(text('kubernetes.yaml'), { schema: YAML11_SCHEMA }) as any[];
const variables = new Set(
  [...renderConfigurationTable().matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name),
);

const promtool = findPromtool();

const stage = new Stage();
afterAll(async () => {
  await stage.end();
  stage.remove();
});

describe('deploy/Dockerfile', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const last = stages.at(-1)!;
  const health = JSON.parse(/^HEALTHCHECK .*\\\n\s*CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];

  it('copies what is there, and .dockerignore keeps none of it back', () => {
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].map(([, words]) =>
      words!.split(' ').slice(0, -1),
    );
    const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
    expect(kept[0]).toBe('**');
    for (const path of copies.flat()) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
      expect(kept).toContain(`!${path}`);
    }
  });

  it('builds from one base of a fixed line, and leaves what development needs behind', () => {
    expect(new Set(stages.map((each) => each.split(/\s/, 1)[0]))).toEqual(new Set(['node:22-bookworm-slim']));
    expect(dockerfile).toContain('npm ci --omit=dev --ignore-scripts');
    expect(last).not.toMatch(/^RUN npm/m);
    expect(last).toContain('NODE_ENV=production');
  });

  it('does not run as root, and holds no secret', () => {
    expect(last.indexOf('\nUSER node\n')).toBeGreaterThan(last.lastIndexOf('\nCOPY '));
    expect(dockerfile).not.toMatch(/^(?:ARG|ENV) .*(?:SECRET|PASSWORD|_URL)/m);
  });

  it('its health check ends well while the service is alive, and badly when it is not', async () => {
    const running = stage.service({ DATA_DIR: stage.preparedDataDir() });
    const { port } = new URL(await running.ready());
    const check = () => stage.program(process.execPath, health.slice(1), { env: { PORT: port } }).ended();
    expect(health[0]).toBe('node');
    expect(await check()).toMatchObject({ code: 0, stderr: '' });
    await running.end();
    expect(await check()).toMatchObject({ code: 1, stderr: '' });
  });
});

describe('deploy/compose.yaml', () => {
  const { node1, node2, haproxy, postgres, redis } = compose.services;

  it('is two nodes that differ in nothing, PostgreSQL, Redis and HAProxy', () => {
    expect(Object.keys(compose.services)).toEqual(['node1', 'node2', 'haproxy', 'postgres', 'redis']);
    expect(node2).toEqual(node1);
    expect(existsSync(join(ROOT, 'deploy', node1.build.context, node1.build.dockerfile))).toBe(true);
  });

  it('sets variables that there are, and secrets as files alone', () => {
    for (const name of Object.keys(node1.environment))
      expect([name, variables.has(name)]).toEqual([name, true]);
    for (const name of ['SECRET_KEY', 'DATABASE_URL']) {
      expect(node1.environment[name]).toBeUndefined();
      expect(node1.secrets).toContain(node1.environment[`${name}_FILE`].replace('/run/secrets/', ''));
    }
    for (const each of [node1, postgres])
      for (const secret of each.secrets) expect(compose.secrets[secret].file).toMatch(/^\.\/secrets\//);
    const ignored = spawnSync('git', ['check-ignore', '-q', 'deploy/secrets/secret_key'], { cwd: ROOT });
    expect(ignored.status).toBe(0);
  });

  it('the nodes believe HAProxy, at its own address, and nobody else', () => {
    expect(node1.environment.TRUSTED_PROXIES).toBe(haproxy.networks.front.ipv4_address);
    expect(haproxy.volumes).toEqual(['./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro']);
    for (const name of ['node1', 'node2']) expect(text('haproxy.cfg')).toContain(`${name}:3000`);
  });

  it('PostgreSQL and Redis are reached by the nodes alone', () => {
    expect(compose.networks.inside.internal).toBe(true);
    for (const each of [postgres, redis])
      expect([each.networks, each.ports]).toEqual([['inside'], undefined]);
    expect(haproxy.networks.inside).toBeUndefined();
    expect(node1.ports).toBeUndefined();
  });

  it('a full Redis refuses, and forgets nobody who is refused; it runs with the settings as they are', () => {
    expect(redis.command.join(' ')).toContain('--maxmemory 128mb --maxmemory-policy noeviction');
    const program = redis.command.map(String);
    expect(program[0]).toBe('redis-server');
  });

  it('a node that is stopped has the time that it may take', () => {
    expect(parseInt(node1.stop_grace_period)).toBeGreaterThanOrEqual(5 + 30);
  });
});

describe('deploy/prometheus and deploy/grafana', () => {
  const path = join(ROOT, 'deploy/prometheus/alerts.yaml');
  const rules = (load(text('prometheus/alerts.yaml')) as any).groups.flatMap((group: any) => group.rules);
  const dashboard = JSON.parse(text('grafana/sumun.json'));

  it('every alert has a name of its own, a severity, and says what it saw and what to do', () => {
    const names = rules.map(({ alert }: any) => alert);
    expect(new Set(names).size).toBe(rules.length);
    for (const { alert, expr, labels, annotations } of rules) {
      expect(alert).toMatch(/^Sumun[A-Z]\w+$/);
      expect(expr).toMatch(/[<>=]=? *[\d.]+/);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations).toEqual({ summary: expect.any(String), what_to_do: expect.any(String) });
    }
  });

  (promtool ? it : it.skip)('Prometheus takes the rules', () => {
    const checked = spawnSync(promtool!, ['check', 'rules', path], { encoding: 'utf8' });
    expect([checked.status, checked.stderr]).toEqual([0, '']);
    expect(checked.stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it('every panel of the dashboard asks the data source that is chosen, for the nodes that are', () => {
    const panels = dashboard.panels.filter(({ type }: any) => type !== 'row');
    expect(new Set(dashboard.panels.map(({ id }: any) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.templating.list.map(({ name }: any) => name)).toEqual(['datasource', 'instance']);
    for (const { title, datasource, targets } of panels) {
      expect([title, datasource.uid]).toEqual([title, '${datasource}']);
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr } of targets) expect(expr).toContain('instance=~"$instance"');
    }
  });
});

describe('deploy/kubernetes.yaml', () => {
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;
  const environment = Object.fromEntries(container.env.map(({ name, value }: any) => [name, value]));

  it('is a deployment, a service and a disruption budget for the same pods', () => {
    expect([deployment, service, budget].map(({ kind }) => kind)).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ]);
    const labels = deployment.spec.template.metadata.labels;
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ])
      expect(selector).toEqual(labels);
    expect(deployment.spec.replicas).toBeGreaterThan(budget.spec.maxUnavailable);
    expect(container.ports.map(({ name }: any) => name)).toContain(service.spec.ports[0].targetPort);
  });

  it('sets variables that there are, as text, and secrets as files alone', () => {
    for (const [name, value] of Object.entries(environment))
      expect([name, variables.has(name), typeof value]).toEqual([name, true, 'string']);
    for (const name of ['SECRET_KEY', 'DATABASE_URL', 'REDIS_URL']) {
      expect(environment[name]).toBeUndefined();
      expect(environment[`${name}_FILE`]).toContain(`${container.volumeMounts[0].mountPath}/`);
    }
    expect(pod.volumes[0].secret.defaultMode).toBe(0o440);
  });

  it('probes what is served: readiness may fail for a while, liveness asks no database', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    expect(
      [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => [httpGet.path, httpGet.port]),
    ).toEqual([
      ['/health/live', 'http'],
      ['/health/live', 'http'],
      ['/health/ready', 'http'],
    ]);
    // DATABASE_WAIT is 30 s.
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThan(60);
  });

  it('does not run as root, and has the time to stop', () => {
    expect(pod.securityContext.runAsNonRoot).toBe(true);
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    });
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      parseInt(environment.SHUTDOWN_DELAY) + 30,
    );
  });
});
