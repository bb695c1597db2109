import { describe, expect, it } from '@jest/globals';
import { checkAnswer } from '../support/documented-answers.js';
import type { Answer } from '../support/answer.js';

const HEADERS = { 'x-request-id': 'r-1', 'cache-control': 'no-store' };
const PROBLEM_HEADERS = {
  ...HEADERS,
  'content-type': 'application/problem+json',
  'content-language': 'en',
  vary: 'Accept-Language',
};

function answer(status: number, body: object | undefined, headers: Record<string, string>): Answer {
  return { status, body, headers, text: body === undefined ? '' : JSON.stringify(body) };
}

function problem(
  status: number,
  code: string,
  more: object = {},
  headers: Record<string, string> = {},
): Answer {
  const body = {
    type: `urn:sumun:problem:${code}`,
    title: 'Title',
    status,
    detail: 'Detail.',
    instance: '/protected',
    code,
    request_id: 'r-1',
    ...more,
  };
  return answer(status, body, { ...PROBLEM_HEADERS, ...headers });
}

const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' };
const CHALLENGE = { 'www-authenticate': 'Bearer' };

/** The guard of the other tests, itself guarded: it must be able to say no. */
describe('the check of every answer against the document', () => {
  it.each<[string, Answer]>([
    ['a documented answer', answer(200, { message: 'x' }, JSON_HEADERS)],
    ['a documented refusal', problem(401, 'unauthenticated', {}, CHALLENGE)],
  ])('takes %s', (_, good) => {
    expect(() => checkAnswer('GET', '/protected', good)).not.toThrow();
  });

  it.each<[string, Answer, RegExp]>([
    ['an undocumented status', answer(418, { message: 'x' }, JSON_HEADERS), /status is undocumented/],
    [
      'an undocumented field',
      answer(200, { message: 'x', hash: 'y' }, JSON_HEADERS),
      /additional properties/,
    ],
    ['a missing field', answer(200, {}, JSON_HEADERS), /required property/],
    ['a field of another type', answer(200, { message: 7 }, JSON_HEADERS), /must be string/],
    [
      'another content type',
      answer(200, { message: 'x' }, { ...JSON_HEADERS, 'content-type': 'text/html' }),
      /content type/,
    ],
    ['no request id', answer(200, { message: 'x' }, { ...JSON_HEADERS, 'x-request-id': '' }), /X-Request-Id/],
    [
      'an answer that may be stored',
      answer(200, { message: 'x' }, { ...JSON_HEADERS, 'cache-control': 'public' }),
      /Cache-Control/,
    ],
    ['a 401 without a challenge', problem(401, 'unauthenticated'), /header WWW-Authenticate is missing/],
    ['a code of another operation', problem(401, 'invalid_credentials', {}, CHALLENGE), /code/],
    [
      'an undocumented problem field',
      problem(401, 'unauthenticated', { stack: 'x' }, CHALLENGE),
      /additional properties/,
    ],
    [
      'a body that contradicts the status',
      problem(401, 'unauthenticated', { status: 400 }, CHALLENGE),
      /says status 400/,
    ],
    [
      'no language',
      problem(401, 'unauthenticated', {}, { ...CHALLENGE, 'content-language': '' }),
      /Content-Language/,
    ],
    ['no Vary', problem(401, 'unauthenticated', {}, { ...CHALLENGE, vary: 'Origin' }), /Vary/],
    ['a 503 without Retry-After', problem(503, 'service_unavailable'), /Retry-After is undefined/],
    [
      'a challenge that is not documented',
      answer(200, { message: 'x' }, { ...JSON_HEADERS, ...CHALLENGE }),
      /WWW-Authenticate is undocumented/,
    ],
    [
      'a stack trace',
      answer(200, { message: 'E\n    at f (/srv/node_modules/x.js:1)' }, JSON_HEADERS),
      /what goes on inside/,
    ],
  ])('refuses %s', (_, bad, reason) => {
    expect(() => checkAnswer('GET', '/protected', bad)).toThrow(reason);
  });

  it('takes a refusal with a header that only some have, and without it', () => {
    const challenge = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="user:read"' };
    for (const headers of [challenge, {}]) {
      const refused = problem(403, 'forbidden', { instance: '/admin/users' }, headers);
      expect(() => checkAnswer('GET', '/admin/users', refused)).not.toThrow();
    }
  });

  it('refuses an answer of what no operation documents, unless it says that nothing is there', () => {
    expect(() => checkAnswer('GET', '/secret', answer(200, { message: 'x' }, JSON_HEADERS))).toThrow(
      /no operation/,
    );
    expect(() => checkAnswer('GET', '/protected', problem(404, 'not_found'))).toThrow(/undocumented/);
    expect(() => checkAnswer('PUT', '/protected', problem(404, 'not_found'))).not.toThrow();
  });
});
