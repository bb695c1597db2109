import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Answer, Json } from './answer.js';

type Node = Record<string, Json>;

export interface Operation extends Node {
  readonly operationId: string;
  readonly responses: Record<string, Node>;
}

/** The document as it is committed. */
export const openapi = JSON.parse(
  readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'),
) as Node;

/** Files of the docs page: served, and no part of the API. */
const UNDESCRIBED = /^\/docs\/[^/]+$/;
/** Everything else is never to be stored. */
const CACHEABLE = /^\/(openapi\.json|docs(\/[^/]+)?|\.well-known\/[^/]+)$/;

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...closed({ components: openapi['components'] }) });
const validators = new Map<object, ValidateFunction>();

/**
 * Fails where an answer is not what the document and the contract's conventions say: an undocumented status,
 * content type, field or code; a missing header.
 */
export function checkAnswer(method: string, target: string, answer: Answer): void {
  const path = target.split('?', 1)[0]!;
  const mistakes = [...conventions(method, path, answer)];
  const operation = operationAt(method, path);
  if (isPreflight(method, answer)) mistakes.push(...preflight(answer));
  else if (operation) mistakes.push(...compare(method, operation, answer));
  else if (!UNDESCRIBED.test(path)) mistakes.push(...unrouted(answer));
  if (mistakes.length === 0) return;
  throw new Error(
    `${method} ${target} answered ${answer.status}, which is not as documented:\n- ${mistakes.join('\n- ')}\n${answer.text}`,
  );
}

/** The operation that a path belongs to; HEAD has its GET's. */
export function operationAt(method: string, path: string): Operation | undefined {
  const template = Object.keys(openapi['paths'] as Node).find((one) =>
    new RegExp(`^${one.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path),
  );
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  return template === undefined ? undefined : openapi['paths'][template][verb];
}

function* conventions(
  method: string,
  path: string,
  { status, headers, text, body }: Answer,
): Generator<string> {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(String(headers['x-request-id']))) yield 'X-Request-Id is missing';
  const cacheable = CACHEABLE.test(path) && (status === 200 || status === 304);
  if ((headers['cache-control'] === 'no-store') === cacheable)
    yield `Cache-Control is ${headers['cache-control']}`;
  if (status === 401 && !challengeAt(path).test(headers['www-authenticate'] ?? ''))
    yield `WWW-Authenticate is ${headers['www-authenticate']}`;
  if ([429, 503].includes(status) && !/^\d+$/.test(headers['retry-after'] ?? ''))
    yield `Retry-After is ${headers['retry-after']}`;
  if ([204, 304].includes(status) || method === 'HEAD') {
    if (text !== '') yield 'there is a body';
  } else if (text === '' && hasContent(method, path, status)) yield 'there is no body';
  if (/\n\s+at |node_modules|\$argon2|SELECT |INSERT /.test(path.startsWith('/docs') ? '' : text))
    yield 'it tells what goes on inside';
  if (headers['content-type'] === 'application/problem+json' && method !== 'HEAD')
    yield* problemConventions(path, { status, headers, text, body });
}

/** RFC 6750 §3, and for clients RFC 6749 §5.2. */
function challengeAt(path: string): RegExp {
  return path.startsWith('/oauth/') ? /^Basic realm="[a-z]+"/ : /^Bearer( error="[a-z_]+"|$)/;
}

/** Whatever is not documented has a body, as every refusal has. */
function hasContent(method: string, path: string, status: number): boolean {
  const response = operationAt(method, path)?.responses[status];
  return response === undefined || response['content'] !== undefined;
}

function* problemConventions(path: string, { status, headers, body }: Answer): Generator<string> {
  if (!['en', 'ko'].includes(headers['content-language'] ?? '')) yield 'Content-Language is missing';
  if (!/(^|,\s*)accept-language(,|$)/i.test(headers['vary'] ?? '')) yield 'Vary lacks Accept-Language';
  if (body.status !== status) yield `the body says status ${body.status}`;
  if (body.type !== `urn:sumun:problem:${body.code}`) yield `type is ${body.type}`;
  if (body.instance !== path) yield `instance is ${body.instance}`;
  if (body.request_id !== headers['x-request-id']) yield 'request_id is not X-Request-Id';
  if ((body.code === 'validation_failed') !== Array.isArray(body.errors))
    yield 'errors belongs to validation_failed';
}

/** No operation is an OPTIONS: what succeeds is a preflight of CORS. */
function isPreflight(method: string, { status }: Answer): boolean {
  return method === 'OPTIONS' && status === 204;
}

function* preflight({ headers }: Answer): Generator<string> {
  if (headers['access-control-allow-origin'] === undefined) yield 'it allows no origin';
  if (headers['access-control-allow-methods'] === undefined) yield 'it allows no method';
}

/** What no operation answers: a path or method that is not there, or a target that is no path. */
function* unrouted({ status, headers, body }: Answer): Generator<string> {
  if (![400, 404, 405].includes(status)) yield 'no operation documents it';
  if (headers['content-type'] !== 'application/problem+json') yield 'it is no problem+json';
  else if (body !== undefined) yield* invalid({ $ref: '#/components/schemas/Problem' }, body);
}

function* compare(
  method: string,
  { responses }: Operation,
  { status, headers, body, text }: Answer,
): Generator<string> {
  const response = responses[status];
  if (!response) {
    yield 'the status is undocumented';
    return;
  }
  const documented = Object.entries((response['headers'] as Node | undefined) ?? {});
  for (const [name, { required }] of documented) {
    if (required && headers[name.toLowerCase()] === undefined)
      yield `the documented header ${name} is missing`;
  }
  for (const name of ['WWW-Authenticate', 'Retry-After', 'Set-Cookie']) {
    if (headers[name.toLowerCase()] !== undefined && !documented.some(([one]) => one === name))
      yield `the header ${name} is undocumented`;
  }
  const content = (response['content'] as Node | undefined) ?? {};
  const type = headers['content-type']?.split(';', 1)[0];
  if (Object.keys(content).length === 0) {
    if (text !== '') yield 'no body is documented';
    return;
  }
  if (type === undefined || !content[type]) return yield `the content type ${type} is undocumented`;
  if (method === 'HEAD') return;
  // The document is that of a service whose refresh tokens travel in bodies.
  const told = status === 200 && headers['set-cookie'] ? { refresh_token: 'in the cookie', ...body } : body;
  yield* invalid(content[type].schema as Node, told ?? text);
}

function* invalid(schema: Node, value: unknown): Generator<string> {
  let validate = validators.get(schema);
  if (!validate) {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/', '"openapi#/');
    validate = ajv.compile(JSON.parse(text) as object);
    validators.set(schema, validate);
  }
  if (validate(value)) return;
  for (const { instancePath, message, params } of validate.errors ?? [])
    yield `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`;
}

/** A field that is not described is a mistake: what describes its fields has no others. */
function closed<T>(node: T): T {
  if (Array.isArray(node)) return node.map(closed) as T;
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([name, one]) => [name, closed(one as unknown)]));
  const describesFields = inner['type'] === 'object' && inner['properties'] !== undefined;
  return (describesFields ? { additionalProperties: false, ...inner } : inner) as T;
}
