import { describe, expect, it } from '@jest/globals';
import { aSignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();

/** What the article describes, from the first request to the last. */
describe('the source design, end to end', () => {
  it('answers 401 in Korean without a token, as the decorator of the article does', async () => {
    const answer = await app.http.get('/protected', { headers: { 'Accept-Language': 'ko' } });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: 'unauthenticated', detail: '인증되지 않았습니다.' });
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'content-language': 'ko' });
  });

  it('answers 401 in Korean to a bad token', async () => {
    const answer = await app.http.get('/protected', {
      headers: { 'Accept-Language': 'ko' },
      token: 'not.a.token',
    });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: 'invalid_token', detail: '유효하지 않은 토큰입니다.' });
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it.each([
    ['ko', 'ko', '보호된 엔드포인트에 접근하셨습니다.'],
    ['ko-KR,ko;q=0.9,en;q=0.8', 'ko', '보호된 엔드포인트에 접근하셨습니다.'],
    ['en', 'en', 'You have reached the protected endpoint.'],
    ['fr', 'en', 'You have reached the protected endpoint.'],
  ])('lets a registered, signed-in user through, answering %s in %s', async (asked, spoken, message) => {
    const { tokens } = await aSignedInUser(app);
    const answer = await app.http.get('/protected', {
      token: tokens.access_token,
      headers: { 'Accept-Language': asked },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ message });
    expect(answer.headers['content-language']).toBe(spoken);
    expect(answer.headers['vary']).toMatch(/accept-language/i);
  });

  it('speaks English where no language is asked for', async () => {
    const { body, headers } = await app.http.get('/protected');
    expect(headers['content-language']).toBe('en');
    expect(body.detail).toMatch(/^Authentication is required/);
  });
});
