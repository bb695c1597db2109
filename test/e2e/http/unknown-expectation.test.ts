import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const app = await startApp();
afterAll(() => app.stop());

const connections: RawConnection[] = [];
afterEach(() => connections.splice(0).forEach((one) => one.close()));

async function answerTo(bytes: string): Promise<RawConnection> {
  const one = new RawConnection(app.http.origin);
  connections.push(one);
  return one.send(bytes).answers(1);
}

// RFC 9110 §10.1.1. Node's own refusal has none of the headers that every answer of this service has.
describe('an expectation that nobody knows', () => {
  it.each(['evil', '200-ok'])('%s: changes nothing of the answer', async (expectation) => {
    const one = await answerTo(`GET /protected HTTP/1.1\r\nHost: x\r\nExpect: ${expectation}\r\n\r\n`);
    expect(one.statuses).toEqual([401]);
    for (const header of ['cache-control: no-store', 'x-request-id: ', 'content-security-policy: '])
      expect(one.received).toContain(header);
    expect(one.received).toContain('"code":"unauthenticated"');
  });

  it('leaves the connection where the next request begins', async () => {
    const post = 'POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: evil\r\nContent-Length: 2\r\n\r\n{}';
    const one = await answerTo(`${post}GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n`);
    await one.answers(2);
    expect(one.statuses).toEqual([404, 200]);
  });
});
