import type { VerificationKey } from './signing-key.js';

/**
 * The port through which the test kit brings its key into the app under test. `keys` owns it, and nothing of the
 * service binds it: where anything does, a start in production fails.
 */
export abstract class TestKeys {
  abstract readonly keys: readonly VerificationKey[];
}

/** @throws Error where keys of tests were to be trusted in production: who made them could sign in as anybody */
export function refuseTestKeys(keys: TestKeys | undefined, production: boolean): void {
  if (keys === undefined || !production) return;
  throw new Error(
    'A key of the test kit is trusted in production: whoever ran those tests could sign in as anybody. Take what ' +
      'binds TestKeys (the module of a TestIssuer) out of the modules of the app.',
  );
}
