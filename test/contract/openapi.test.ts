import { describe, expect, it } from '@jest/globals';
import { ISSUER, startApp } from '../support/app.js';
import { openapi, type Operation } from '../support/documented-answers.js';
import type { Json } from '../support/answer.js';

const app = await startApp();

const operations = Object.entries(openapi['paths'] as Record<string, Record<string, Operation>>).flatMap(
  ([path, item]) => Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
);
const named = operations.map(({ method, path, operation }): [string, Operation] => [
  `${method.toUpperCase()} ${path}`,
  operation,
]);

/** Every property of every schema, with its place. */
function properties(node: Json, place: string): { place: string; property: Json }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node as Record<string, Json>).flatMap(([name, one]) => [
    ...(name === 'properties'
      ? Object.entries(one as Record<string, Json>).map(([field, property]) => ({
          place: `${place}.${field}`,
          property,
        }))
      : []),
    ...properties(one, place),
  ]);
}

describe('openapi.json', () => {
  it('is the document that is served', async () => {
    expect((await app.http.get('/openapi.json')).body).toEqual(openapi);
  });

  it('is OpenAPI 3.1, the same on every host', () => {
    expect(openapi['openapi']).toBe('3.1.0');
    expect(openapi['servers']).toEqual([{ url: '/' }]);
    expect(JSON.stringify(openapi)).not.toContain(ISSUER);
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    expect(ids.every((id) => /^[a-z]+_[a-z]+$/i.test(id))).toBe(true);
  });

  it.each(named)('%s says what it does', (_, operation) => {
    expect(operation['summary']).toMatch(/\S{2}/);
    expect(operation['description']).toMatch(/\S{2}/);
    const tags = (openapi['tags'] as { name: string; description: string }[]).filter(
      ({ description }) => description,
    );
    expect(tags.map(({ name }) => name)).toContain(operation['tags'][0]);
    for (const [status, response] of Object.entries(operation.responses))
      expect([status, response['description']]).toEqual([status, expect.stringMatching(/\S{2}/)]);
  });

  it.each(named)('%s shows each of its errors by example', (_, operation) => {
    const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    for (const [status, { content }] of refusals) {
      const problem = (content as Record<string, Json>)['application/problem+json'];
      if (!problem) continue;
      const codes = problem.schema.properties.code.enum as string[];
      expect(Object.keys(problem.examples as object)).toEqual(codes);
      for (const code of codes)
        expect(problem.examples[code].value).toMatchObject({ code, status: Number(status) });
    }
  });

  it.each(Object.entries(openapi['components'].schemas as Record<string, Json>))(
    '%s describes its properties and shows them by example',
    (name, schema) => {
      const lacking = properties(schema, name).filter(({ property }) => {
        const shown =
          property.example !== undefined || property.enum !== undefined || property.items !== undefined;
        return name === 'Problem' ? !property.description : !shown;
      });
      expect(lacking.map(({ place }) => place)).toEqual([]);
    },
  );

  it('closes the bodies it takes: an unknown field is refused, and the document says so', () => {
    const bodies = operations.flatMap(({ operation }) => {
      const schema = operation['requestBody']?.content['application/json']?.schema as
        { $ref: string } | undefined;
      return schema ? [schema.$ref.split('/').at(-1)!] : [];
    });
    expect(bodies.length).toBeGreaterThan(3);
    for (const name of bodies)
      expect([name, openapi['components'].schemas[name].additionalProperties]).toEqual([name, false]);
  });

  it('spells every field in snake_case', () => {
    const names = properties(openapi['components'].schemas, '').map(({ place }) => place.split('.').at(-1)!);
    expect(names.filter((one) => !/^[a-z]+(_[a-z]+)*$/.test(one))).toEqual([]);
  });
});
