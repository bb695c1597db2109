import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defineProblem, type Problem } from '../platform/problem/index.js';
import { InvalidClient, InvalidRequest, oauthCodeOf, UnauthorizedClient } from './oauth.errors.js';
import { sendOauthError } from './send-oauth-error.js';

const text = { en: 'It is "full" \\ of tea — 차.', ko: '차' };
const problem = (status: number, code: string): Problem =>
  defineProblem({ code, status, title: text, detail: text })();

describe('the code of a refusal (RFC 6749)', () => {
  it.each([
    [400, 'bad_tea', 'invalid_request'],
    [413, 'much_tea', 'invalid_request'],
    [415, 'other_tea', 'invalid_request'],
    [429, 'hurried_tea', 'temporarily_unavailable'],
    [503, 'no_tea', 'temporarily_unavailable'],
    [500, 'broken_tea', 'server_error'],
  ])('%i %s is %s', (status, code, error) => {
    expect(oauthCodeOf(problem(status, code))).toBe(error);
  });

  it("this module's own are told as they are", () => {
    expect([InvalidRequest(), InvalidClient(), UnauthorizedClient()].map(oauthCodeOf)).toEqual([
      'invalid_request',
      'invalid_client',
      'unauthorized_client',
    ]);
  });
});

it('§5.2: a description holds no quote, no backslash and nothing outside ASCII', () => {
  let sent = '';
  const reply = {
    headers: () => reply,
    code: () => reply,
    type: () => reply,
    send: (payload: string) => (sent = payload),
  };
  const request = { server: { securityHeaders: {} } } as FastifyRequest;
  sendOauthError(problem(400, 'quoted_tea'), request, reply as unknown as FastifyReply);
  expect(JSON.parse(sent)).toEqual({
    error: 'invalid_request',
    error_description: "It is 'full' ' of tea ' '.",
  });
});
