import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../../support/answer.js';
import { aClient, basic, type RegisteredClient } from '../../builders/clients.js';
import { startApp } from '../../support/app.js';
import { checkAnswer } from '../../support/documented-answers.js';
import { times } from '../../support/neighbour.js';

const app = await startApp({ env: { RATE_LIMITS: 'on', RATE_LIMIT_CLIENT_REFUSED: '5/1m' } });
const client = await aClient(app);
const wrong = { ...client, client_secret: 'wrong' };

let serial = 0;
const anAddress = () => `198.19.0.${++serial}`;

async function ask(from: string, by: RegisteredClient): Promise<Answer> {
  const { statusCode, headers, payload } = await app.nest.inject({
    method: 'POST',
    url: '/oauth/introspect',
    payload: 'token=x',
    headers: { authorization: basic(by), 'content-type': 'application/x-www-form-urlencoded' },
    remoteAddress: from,
  });
  const answer = { status: statusCode, headers, text: payload, body: JSON.parse(payload) } as Answer;
  checkAnswer('POST', '/oauth/introspect', answer);
  return answer;
}

async function statuses(count: number, from: string, by: RegisteredClient): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) found.push((await ask(from, by)).status);
  return found;
}

const rows = (from: string) =>
  app.sql<{ type: string; details: string }>(
    `SELECT type, details FROM audit_events WHERE ip = '${from}' ORDER BY id`,
  );

describe('refused authentications of clients', () => {
  it('guessing: beyond the limit of an address 429 with Retry-After, in the form of RFC 6749', async () => {
    const from = anAddress();
    expect(await statuses(6, from, wrong)).toEqual([...times(5, 401), 429]);
    const { body, headers } = await ask(from, wrong);
    expect(body.error).toBe('temporarily_unavailable');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await ask(anAddress(), wrong)).status).toBe(401);
    app.clock.advance(61);
    expect((await ask(from, wrong)).status).toBe(401);
  });

  it('an unknown client is limited like a known one', async () => {
    const unknown = { client_id: 'B'.repeat(client.client_id.length), client_secret: 'x' };
    expect(await statuses(6, anAddress(), unknown)).toEqual([...times(5, 401), 429]);
  });

  it('what is no credentials at all counts, too', async () => {
    const from = anAddress();
    const nothing = { client_id: '', client_secret: '' };
    expect(await statuses(6, from, nothing)).toEqual([...times(5, 401), 429]);
  });

  it('many tries at once: no more than the limit are told that they are wrong', async () => {
    const from = anAddress();
    const answers = await Promise.all(times(20, wrong).map((one) => ask(from, one)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it('lockout: made-up credentials from the same address keep no genuine client out', async () => {
    const from = anAddress();
    await statuses(8, from, wrong);
    expect((await ask(from, client)).status).toBe(200);
  });

  it('a genuine client is never counted', async () => {
    const from = anAddress();
    expect(await statuses(12, from, client)).toEqual(times(12, 200));
    expect((await ask(from, wrong)).status).toBe(401);
  });

  it('each is audited as far as the limit goes, without a word of what was claimed', async () => {
    const from = anAddress();
    await statuses(50, from, wrong);
    const refused = (await rows(from)).filter(({ type }) => type === 'oauth.client_refused');
    expect(refused).toEqual(times(5, { type: 'oauth.client_refused', details: '{}' }));
    expect((await rows(from)).length).toBeLessThanOrEqual(7);
  });
});
