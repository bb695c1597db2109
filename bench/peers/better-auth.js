// better-auth on raw node:http, as its documentation protects a route: getSession, with its bearer plugin. The session
// is looked up each time, here in its adapter in memory: the fastest there is, and none for production.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';
import { bearer } from 'better-auth/plugins';

const BODY = JSON.stringify({ message: 'You have reached the protected endpoint.' });
const REFUSAL = JSON.stringify({ message: 'Unauthorized' });

function answer(response, status, body) {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}

export async function start({ issuer, secret }) {
  const auth = betterAuth({
    baseURL: issuer,
    secret,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    plugins: [bearer()],
  });
  const body = { email: 'bench@example.com', name: 'Bench', password: 'correct horse battery staple' };
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
  const server = createServer(async (request, response) => {
    const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
    if (session === null) answer(response, 401, REFUSAL);
    else answer(response, 200, BODY);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, token: headers.get('set-auth-token') };
}
