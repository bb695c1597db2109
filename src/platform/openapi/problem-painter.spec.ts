import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { ProblemDefinition } from '../problem/index.js';
import { paintProblems } from './problem-painter.js';

const TEXT = { en: 'x', ko: 'x' };

function problem(code: string, rest: Partial<ProblemDefinition>): ProblemDefinition {
  return { code, status: 403, title: TEXT, detail: TEXT, ...rest };
}

/** The headers that an operation's answer of 403 is painted with. */
function painted(...problems: ProblemDefinition[]): unknown {
  const document: OpenAPIObject = { openapi: '3.1.0', info: { title: '', version: '' }, paths: {} };
  const operation: { responses?: Record<string, { headers: unknown }> } = {};
  paintProblems(document, { method: 'GET', operation }, problems);
  return operation.responses!['403']!.headers;
}

describe('the headers of a refusal in the document', () => {
  const schema = { type: 'string' };
  const always = problem('always', { headers: { 'X-Why': 'because' } });
  const sometimes = problem('sometimes', { optionalHeaders: ['X-Why'] });
  const never = problem('never', {});

  it.each<[string, ProblemDefinition[], object]>([
    ['always brought: required', [always], { 'X-Why': { required: true, schema } }],
    ['sometimes brought: not required', [sometimes], { 'X-Why': { required: false, schema } }],
    [
      'brought by one kind of several: not required',
      [always, never],
      { 'X-Why': { required: false, schema } },
    ],
    [
      'brought sometimes by one of them: not required',
      [always, sometimes],
      { 'X-Why': { required: false, schema } },
    ],
    ['never brought: not there', [never], {}],
  ])('%s', (_, problems, headers) => {
    expect(painted(...problems)).toEqual(headers);
  });
});
