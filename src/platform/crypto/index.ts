export { randomBytes } from 'node:crypto';
export { constantTimeEqual } from './compare.js';
export { CryptoModule } from './crypto.module.js';
export { ForeignKey, open, seal, SealBroken, type KeyPair } from './seal.js';
export { Secrets, secretKeyFrom, SecretUnusable } from './secrets.js';
