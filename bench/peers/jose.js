// jose on raw node:http: the least that takes the same token and checks what RFC 9068 asks.
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const BODY = JSON.stringify({ message: 'You have reached the protected endpoint.' });
const REFUSAL = JSON.stringify({ message: 'Unauthorized' });

function answer(response, status, body) {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}

export async function start({ issuer, jwksUrl }) {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  const expected = { issuer, audience: issuer, algorithms: ['ES256'], typ: 'at+jwt' };
  const server = createServer(async (request, response) => {
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    try {
      await jwtVerify(token ?? '', keys, expected);
    } catch {
      return answer(response, 401, REFUSAL);
    }
    answer(response, 200, BODY);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port };
}
