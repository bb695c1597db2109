// The recipe with the public key of Sumun in the place of its secret: the same token as Sumun takes.
import { createPublicKey } from 'node:crypto';
import { startWith } from './nest-recipe.js';

export async function start({ jwksUrl }) {
  const { keys } = await (await fetch(jwksUrl)).json();
  // The first is the one that signs; the recipe knows one key.
  return startWith(createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }));
}
