export { KeysModule } from './keys.module.js';
export { KeyRing, type KeysLoaded } from './key-ring.service.js';
export type { SigningAlgorithm, SigningKey, VerificationKey } from './signing-key.js';
export { makeKeyPair, sharedSecretKey } from './signing-key.js';
export { TestKeys } from './test-keys.js';
export type * as keyCommands from './key-commands.js';
