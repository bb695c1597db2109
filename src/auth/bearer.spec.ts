import { describe, expect, it } from '@jest/globals';
import { Problem } from '../platform/problem/index.js';
import { bearerToken } from './bearer.js';

function read(authorization: string | undefined): string {
  try {
    return bearerToken(authorization);
  } catch (error) {
    return error instanceof Problem ? `refused: ${error.definition.code}` : String(error);
  }
}

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['bEaReR abc', 'abc'],
    ['Bearer   abc', 'abc'],
  ])('RFC 9110 §11.1: the scheme of %j is case-insensitive, with 1*SP behind it', (header, token) => {
    expect(read(header)).toBe(token);
  });

  it.each([
    [undefined],
    [''],
    [' '],
    ['Bearer'],
    ['Bearer '],
    ['Bearer    '],
    ['Bearerabc'],
    ['Bearer\tabc'],
    ['Bearer\u00A0abc'],
    [' Bearer abc'],
    ['Basic YTpi'],
    ['Basic Bearer abc'],
    ['DPoP abc'],
    ['Token abc'],
    ['abc'],
    ['null'],
  ])('%j presents no access token', (header) => {
    expect(read(header)).toBe('refused: unauthenticated');
  });

  it.each([
    ['Bearer abc def', 'abc def'],
    ['Bearer abc\t', 'abc\t'],
    ['Bearer Bearer abc', 'Bearer abc'],
    ['Bearer abc,Bearer def', 'abc,Bearer def'],
  ])('hands all of %j on, so that the token is refused and not quietly mended', (header, rest) => {
    expect(read(header)).toBe(rest);
  });
});
