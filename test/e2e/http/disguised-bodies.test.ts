import { afterAll, describe, expect, it } from '@jest/globals';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const app = await startApp();
afterAll(() => app.stop());

async function login(headers: string, body: string): Promise<string> {
  const one = new RawConnection(app.http.origin);
  const head = `POST /auth/login HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`;
  await one.send(Buffer.from(head + body, 'latin1')).answers(1);
  one.close();
  return /"code":"(\w+)"/.exec(one.received)?.[1] ?? one.received;
}

// What a filter in front of the service takes for something else, the service must not take for JSON.
describe('a body that is said to be something else than plain JSON', () => {
  it.each(['gzip, chunked', 'identity, chunked', 'deflate,chunked'])(
    'Transfer-Encoding: %s (RFC 9112 §6.1) is not read as if it were not coded',
    async (coding) => {
      const headers = `Content-Type: application/json\r\nTransfer-Encoding: ${coding}`;
      expect(await login(headers, '2\r\n{}\r\n0\r\n\r\n')).toBe('unsupported_media_type');
    },
  );

  it.each(['application/json\xa0', '\xa0application/json', 'application/json\xa0; charset=utf-8'])(
    'Content-Type: %j, with a no-break space, is not that of JSON',
    async (type) => {
      expect(await login(`Content-Type: ${type}\r\nContent-Length: 2`, '{}')).toBe('unsupported_media_type');
    },
  );

  it.each(['Transfer-Encoding: Chunked', 'Transfer-Encoding: chunked '])('%j is plain', async (coding) => {
    const headers = `Content-Type: application/json\r\n${coding}`;
    expect(await login(headers, '2\r\n{}\r\n0\r\n\r\n')).toBe('validation_failed');
  });
});
