import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Tracing } from '../../../src/platform/tracing/index.js';
import { aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import { until } from '../../support/until.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  status: { code?: number };
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

/** A collector that keeps what it is sent. */
class Receiver {
  readonly bodies: string[] = [];
  readonly waiting: ServerResponse[] = [];
  hangs = false;
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      this.bodies.push(`${request.method} ${request.url} ${request.headers['content-type']}\n${body}`);
      if (this.hangs) this.waiting.push(response);
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });

  async listen(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }

  get spans(): Span[] {
    return this.bodies
      .map((body) => JSON.parse(body.slice(body.indexOf('\n'))))
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans);
  }
}

const receiver = new Receiver();
const app = await startApp({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: await receiver.listen() } });
const tracing = app.nest.get(Tracing);
beforeEach(async () => {
  await tracing.flush().catch(() => undefined);
  receiver.bodies.length = 0;
});

/** Sends what waits until spans of these names have come: a request's is over a moment after its answer. */
async function told(...names: string[]): Promise<void> {
  const missing = () => names.filter((name) => !receiver.spans.some((span) => span.name === name));
  for (let tries = 0; missing().length > 0 && tries < 500; tries++) {
    await tracing.flush();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(missing()).toEqual([]);
}

const valueOf = ({ attributes }: Span, key: string) => {
  const value = attributes.find((one) => one.key === key)?.value;
  return value?.stringValue ?? value?.intValue;
};
const named = (name: string) => receiver.spans.find((span) => span.name === name)!;

describe('OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('makes a span of a request, with its route and status, and of what it did in it', async () => {
    const { email } = await aSignedInUser(app);
    await told('POST /auth/login');
    receiver.bodies.length = 0;
    await app.http.post('/auth/login', { email, password: PASSWORD });
    await told('POST /auth/login');
    expect(receiver.bodies[0]).toMatch(/^POST \/v1\/traces application\/json\n/);
    expect(receiver.bodies[0]).toContain('{"key":"service.name","value":{"stringValue":"sumun"}}');
    const login = named('POST /auth/login');
    expect(login).toMatchObject({ kind: 2, status: { code: 0 } });
    expect(login.parentSpanId).toBeUndefined();
    expect(valueOf(login, 'http.request.method')).toBe('POST');
    expect(valueOf(login, 'http.route')).toBe('/auth/login');
    expect(valueOf(login, 'http.response.status_code')).toBe(200);
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([login.traceId]));
    expect(named('password hash').parentSpanId).toBe(login.spanId);
    const transaction = named('transaction');
    expect(transaction.parentSpanId).toBe(login.spanId);
    const inside = receiver.spans.filter(({ parentSpanId }) => parentSpanId === transaction.spanId);
    expect(inside.map(({ name }) => name)).toContain('INSERT audit_events');
    for (const one of inside) expect([one.kind, valueOf(one, 'db.system.name')]).toEqual([3, 'postgresql']);
    const lookUp = receiver.spans.find(
      ({ name, parentSpanId }) => /^SELECT/.test(name) && parentSpanId === login.spanId,
    );
    expect(lookUp).toBeDefined();
  });

  it('goes on with the trace of the caller, and leaves out what the caller leaves out', async () => {
    const [trace, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const ask = (flags: string) =>
      app.http.get('/health/live', { headers: { traceparent: `00-${trace}-${parent}-${flags}` } });
    await ask('00');
    await ask('01');
    await told('GET /health/live');
    await app.http.get('/openapi.json', { headers: { traceparent: `00-${'0'.repeat(32)}-${parent}-01` } });
    await told('GET /openapi.json');
    const [continued, own] = receiver.spans;
    expect(receiver.spans).toHaveLength(2);
    expect(continued).toMatchObject({ traceId: trace, parentSpanId: parent, name: 'GET /health/live' });
    expect(own!.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(own!.parentSpanId).toBeUndefined();
  });

  it('tells of refusals by route and status, and of unknown paths by their method alone', async () => {
    await app.http.get('/protected?token=secret-in-query');
    await app.http.get('/nowhere/secret-in-path');
    await told('GET /protected', 'GET');
    expect(valueOf(named('GET /protected'), 'http.response.status_code')).toBe(401);
    expect(valueOf(named('GET'), 'http.response.status_code')).toBe(404);
    expect(receiver.bodies.join()).not.toContain('secret-in');
  });

  it('holds no token, password, account, address or value of a statement', async () => {
    const user = await aSignedInUser(app);
    const { access_token: token, refresh_token } = user.tokens;
    await app.http.get('/users/me', { token });
    await app.http.post('/auth/refresh', { refresh_token });
    await app.http.post('/auth/login', { email: user.email, password: 'a wrong password' });
    await app.http.post('/auth/register', { email: user.email, password: PASSWORD });
    await app.http.get('/auth/sessions', { token });
    await app.http.request('DELETE', '/auth/sessions/019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c00', { token });
    await told('DELETE /auth/sessions/:id');
    const sent = receiver.bodies.join();
    expect(receiver.spans.length).toBeGreaterThan(20);
    for (const secret of [user.email, user.id, PASSWORD, 'a wrong password', token, refresh_token])
      expect(sent).not.toContain(secret);
    for (const secret of ['019aaf36', '127.0.0.1', '$1', '$argon2', 'Bearer', token.split('.')[1]!])
      expect(sent).not.toContain(secret);
    expect(new Set(receiver.spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)))).toEqual(
      new Set([
        ...['http.request.method', 'http.route', 'http.response.status_code'],
        ...['db.system.name', 'db.query.summary', 'error.type'],
      ]),
    );
  });

  it('a receiver that hangs holds no request up', async () => {
    receiver.hangs = true;
    const flushed = tracing.flush();
    const answers = Array.from({ length: 50 }, () => app.http.get('/health/live'));
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    const second = tracing.flush();
    expect(await until(() => receiver.waiting.length > 0)).toBe(true);
    expect((await app.http.get('/health/live')).status).toBe(200);
    receiver.hangs = false;
    for (const response of receiver.waiting.splice(0)) response.writeHead(200).end('{}');
    await Promise.all([flushed, second]);
  });
});

describe('a receiver that is away', () => {
  it('harms no request and no stop', async () => {
    await receiver.close();
    const { tokens } = await aSignedInUser(app);
    expect((await app.http.get('/protected', { token: tokens.access_token })).status).toBe(200);
    await app.stop();
  });
});

describe('without OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('nothing of it is loaded', () => {
    const program = `
      const { default: { _cache } } = await import('node:module');
      const { createApp } = await import('./dist/app.js');
      const { loadConfiguration } = await import('./dist/platform/config/index.js');
      const loaded = async (env) => {
        await createApp(loadConfiguration({ LOG_LEVEL: 'silent', DATA_DIR: '/nowhere', ...env }, '/'));
        return Object.keys(_cache).some((path) => /opentelemetry.(?!api)/.test(path));
      };
      const without = await loaded({});
      console.log(without, await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }));
      process.exit();`;
    // The second shows that the first would be seen.
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(told).toBe('false true\n');
  });
});
