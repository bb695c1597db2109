import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { defineProblem, Problems } from '../../platform/problem/index.js';
import type { Credential, Requirements } from '../access-rule.js';
import type { CatalogueEntry } from './access-catalogue.js';
import { operationsOf, paintAccess, problemsOf } from './openapi-painter.js';

const TEXT = { en: 'x', ko: 'x' };
const Own = defineProblem({ code: 'own', status: 409, title: TEXT, detail: TEXT });

class Any {
  @Problems(Own)
  handle(): void {}
}

function entry(method: string, path: string, credential: Credential): CatalogueEntry {
  return {
    method,
    path,
    rule: { credential },
    route: { method, path, controller: Any, handler: Any.prototype.handle, methodName: 'handle' },
  };
}

/** A document as the generator leaves it: the security of the class stands on every method. */
function documentOf(paths: Record<string, string[]>): OpenAPIObject {
  const operations = Object.entries(paths).map(([path, methods]) => [
    path,
    Object.fromEntries(methods.map((method) => [method, { responses: {}, security: [{ stale: [] }] }])),
  ]);
  return { openapi: '3.1.0', info: { title: '', version: '' }, paths: Object.fromEntries(operations) };
}

const securityOf = (document: OpenAPIObject, path: string, method: 'get' | 'post' = 'get') =>
  document.paths[path]![method]!.security;

describe('paintAccess', () => {
  it.each<[Credential, unknown]>([
    ['public', []],
    ['optional', [{ bearer: [] }, {}]],
    ['bearer', [{ bearer: [] }]],
    ['client', [{ client: [] }]],
  ])('%s: replaces what stands there', (credential, security) => {
    const document = documentOf({ '/a': ['get'] });
    paintAccess(document, [entry('GET', '/a', credential)]);
    expect(securityOf(document, '/a')).toEqual(security);
    expect((document.paths['/a']!.get as unknown as Record<string, unknown>)['x-access']).toEqual({
      credential,
    });
  });

  it('tells programs all that is asked, and only what is', () => {
    class Owns {}
    const paint = (requirements: Partial<Requirements>) => {
      const document = documentOf({ '/a': ['get'] });
      const rule = {
        credential: 'bearer',
        requirements: { roles: [], permissions: [], policies: [], ...requirements },
      } as const;
      paintAccess(document, [{ method: 'GET', path: '/a', rule }]);
      return (document.paths['/a']!.get as unknown as Record<string, unknown>)['x-access'];
    };
    const all: Requirements = {
      roles: [['admin', 'staff'], ['owner']],
      permissions: ['a:b'],
      stepUp: { maxAge: 300, acr: 'aal2' },
      policies: [Owns as never],
    };
    expect(paint(all)).toEqual({
      credential: 'bearer',
      roles: [['admin', 'staff'], ['owner']],
      permissions: ['a:b'],
      step_up: { max_age: 300, acr: 'aal2' },
      policies: ['Owns'],
    });
    expect(paint({ roles: [['admin']] })).toEqual({ credential: 'bearer', roles: [['admin']] });
    expect(paint({ stepUp: { acr: 'aal2' } })).toEqual({ credential: 'bearer', step_up: { acr: 'aal2' } });
  });

  it.each([
    ['client', ['client']],
    ['bearer', []],
  ] as const)(
    '%s: the scheme of clients stands in the document where a route asks for it',
    (given, schemes) => {
      const document = documentOf({ '/a': ['get'] });
      paintAccess(document, [entry('GET', '/a', given)]);
      expect(Object.keys(document.components?.securitySchemes ?? {})).toEqual(schemes);
    },
  );

  it('tells methods of one path apart, and finds parameters under their other spelling', () => {
    const document = documentOf({ '/a/{id}/b/{other_id}': ['get', 'post'] });
    const path = '/a/:id/b/:other_id';
    paintAccess(document, [entry('GET', path, 'public'), entry('POST', path, 'bearer')]);
    expect(securityOf(document, '/a/{id}/b/{other_id}')).toEqual([]);
    expect(securityOf(document, '/a/{id}/b/{other_id}', 'post')).toEqual([{ bearer: [] }]);
  });

  it('@All(): every method of the path that has no entry of its own, for the document knows no "all"', () => {
    const document = documentOf({ '/a': ['get', 'post', 'query'] });
    paintAccess(document, [entry('ALL', '/a', 'bearer'), entry('POST', '/a', 'public')]);
    expect(securityOf(document, '/a')).toEqual([{ bearer: [] }]);
    expect(securityOf(document, '/a', 'post')).toEqual([]);
    expect(operationsOf(document, [entry('ALL', '/a', 'bearer')])).toHaveLength(3);
  });

  it('leaves alone what the document does not show', () => {
    const document = documentOf({ '/a': ['get'] });
    expect(operationsOf(document, [entry('GET', '/b', 'bearer'), entry('POST', '/a', 'bearer')])).toEqual([]);
  });
});

describe('problemsOf', () => {
  it.each<[Credential, string[]]>([
    ['public', ['own']],
    ['optional', ['service_unavailable', 'own']],
    [
      'bearer',
      ['unauthenticated', 'invalid_token', 'token_expired', 'token_revoked', 'service_unavailable', 'own'],
    ],
  ])('%s: what the rule refuses with, then what the handler declares', (credential, codes) => {
    expect(problemsOf(entry('GET', '/a', credential)).map(({ code }) => code)).toEqual(codes);
  });

  it.each<[Partial<Requirements>, string[]]>([
    [{ roles: [['admin']] }, ['forbidden']],
    [{ permissions: ['a:b'] }, ['forbidden']],
    [{ policies: [class {} as never] }, ['forbidden']],
    [{ stepUp: { maxAge: 1 } }, ['step_up_required']],
    [{ roles: [['admin']], stepUp: { maxAge: 1 } }, ['step_up_required', 'forbidden']],
  ])('%j adds %j', (requirements, added) => {
    const { rule, ...rest } = entry('GET', '/a', 'bearer');
    const asked = { roles: [], permissions: [], policies: [], ...requirements };
    const codes = problemsOf({ ...rest, rule: { ...rule, requirements: asked } }).map(({ code }) => code);
    expect(codes.slice(5, -1)).toEqual(added);
  });

  it('of a route without a handler are those of its rule', () => {
    expect(problemsOf({ method: 'GET', path: '/a', rule: { credential: 'public' } })).toEqual([]);
  });
});
