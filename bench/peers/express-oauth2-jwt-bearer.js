// Auth0's middleware on Express, as its README has it, with the issuer and its key set named.
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';

export async function start({ issuer, jwksUrl }) {
  const app = express();
  app.use(auth({ issuer, jwksUri: jwksUrl, audience: issuer, tokenSigningAlg: 'ES256', strict: true }));
  app.get('/protected', (_request, response) =>
    response.json({ message: 'You have reached the protected endpoint.' }),
  );
  app.use((error, _request, response, _next) =>
    response.set(error.headers).status(error.status).json({ message: error.message }),
  );
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }));
  });
}
