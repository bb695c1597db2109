import { describe, expect, it } from '@jest/globals';
import {
  defineProblem,
  Problem,
  problemCatalogue,
  Problems,
  problemsDeclaredOn,
  renderProblem,
} from './index.js';

const TEXT = { en: 'English', ko: '한국어' };
const Teapot = defineProblem({
  code: 'teapot',
  status: 418,
  title: TEXT,
  detail: TEXT,
  headers: { 'X-Tea': 'yes' },
});
const CONTEXT = { language: 'ko', instance: '/tea', requestId: 'r1' } as const;

describe('defineProblem', () => {
  it('refuses a second definition of a code: clients switch on it', () => {
    expect(() => defineProblem({ ...Teapot.definition })).toThrow('"teapot" is defined twice');
  });

  it.each(['Teapot', 'tea-pot', 'tea__pot', '', 'tea pot', '_tea'])('refuses the code %p', (code) => {
    expect(() => defineProblem({ ...Teapot.definition, code })).toThrow('snake_case');
  });

  it.each([200, 399, 600, 404.5])('refuses status %p, which is no error', (status) => {
    expect(() => defineProblem({ ...Teapot.definition, code: 'other', status })).toThrow('no error');
  });

  it('does not compile without a translation', () => {
    // @ts-expect-error a title in one language only
    const title: typeof Teapot.definition.title = { en: 'English' };
    expect(title).toBeDefined();
  });

  it('lists what was defined', () => {
    expect(problemCatalogue()).toEqual([Teapot.definition]);
  });

  it('makes an error with the headers of its kind and of this time', () => {
    const problem = Teapot({ headers: { 'Retry-After': '1' }, logDetail: 'x', cause: 'y' });
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ message: 'teapot', logDetail: 'x', cause: 'y' });
    expect(problem.headers).toEqual({ 'X-Tea': 'yes', 'Retry-After': '1' });
  });
});

describe('renderProblem', () => {
  it('follows the language, and leaves out what is for the log', () => {
    expect(
      JSON.stringify(renderProblem(Teapot({ logDetail: 'hidden', cause: new Error('hidden') }), CONTEXT)),
    ).toBe(
      '{"type":"urn:sumun:problem:teapot","title":"한국어","status":418,"detail":"한국어","instance":"/tea","code":"teapot","request_id":"r1"}',
    );
  });

  it('tells which of several reasons it was, where a detail is given', () => {
    const problem = Teapot({ detail: { en: 'It is full.', ko: '가득 찼습니다.' } });
    expect(renderProblem(problem, CONTEXT).detail).toBe('가득 찼습니다.');
    expect(renderProblem(problem, { ...CONTEXT, language: 'en' }).detail).toBe('It is full.');
  });

  it('tells refused fields last', () => {
    const body = renderProblem(
      Teapot({ errors: [{ field: 'a.0', code: 'required', message: TEXT }] }),
      CONTEXT,
    );
    expect(Object.keys(body).at(-1)).toBe('errors');
    expect(body.errors).toEqual([{ field: 'a.0', code: 'required', message: '한국어' }]);
  });
});

describe('@Problems', () => {
  it('is read back from the handler', () => {
    class Tea {
      @Problems(Teapot)
      make(): void {}

      pour(): void {}
    }
    expect(problemsDeclaredOn(Tea.prototype.make)).toEqual([Teapot.definition]);
    expect(problemsDeclaredOn(Tea.prototype.pour)).toEqual([]);
  });
});
