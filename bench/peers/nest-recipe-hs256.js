// The recipe to the letter: the token is signed with a secret, by HS256.
import { createHmac } from 'node:crypto';
import { startWith } from './nest-recipe.js';

const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** With as many claims as the others' token has. */
function sign(secret, issuer) {
  const now = Math.floor(Date.now() / 1000);
  const id = '019aaf36-9d34-7a3f-8f1c-000000000001';
  const times = { iat: now, exp: now + 3600, auth_time: now };
  const ids = { sub: id, jti: id, sid: id, client_id: 'first-party' };
  const claims = { iss: issuer, aud: issuer, ...times, ...ids, ver: 1, roles: ['user'], scope: '' };
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, amr: ['pwd'], acr: 'aal1' })}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

export async function start({ issuer, secret }) {
  return { ...(await startWith(secret)), token: sign(secret, issuer) };
}
