import { Injectable, Optional } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration, thisProcess } from '../platform/config/index.js';
import { Secrets } from '../platform/crypto/index.js';
import { publicJwk, sharedSecretKey, type SigningKey, type VerificationKey } from './signing-key.js';
import { SigningKeysService } from './signing-keys.service.js';
import { refuseTestKeys, TestKeys } from './test-keys.js';

/** What loading found, for the lines that tell how the start went. */
export interface KeysLoaded {
  readonly algorithm: string;
  readonly kid: string;
  readonly made: boolean;
}

/**
 * The keys of this node, in memory: the one that signs, and all that verify. No request asks the database
 * for a key: an unknown `kid` is simply unknown.
 */
@Injectable()
export class KeyRing {
  private signing: SigningKey | undefined;
  private verifying = new Map<string, VerificationKey>();
  private published: readonly Record<string, unknown>[] = [];
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly configuration: Configuration,
    private readonly secrets: Secrets,
    private readonly stored: SigningKeysService,
    private readonly clock: Clock,
    @Optional() private readonly tests?: TestKeys,
  ) {
    refuseTestKeys(tests, configuration.production || thisProcess.inProduction());
  }

  /** The key that signs now. @throws before {@link load}. */
  get current(): SigningKey {
    if (!this.signing) throw new Error('The signing keys are not loaded yet.');
    return this.signing;
  }

  get loaded(): boolean {
    return this.signing !== undefined;
  }

  verificationKey(kid: string): VerificationKey | undefined {
    return this.verifying.get(kid);
  }

  /** The public keys as RFC 7517 has them: the current and the next one, and those still verifying. */
  get jwks(): readonly Record<string, unknown>[] {
    return this.published;
  }

  /** Calls back after every change of the set: what was verified under the old one is to be verified again. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Reads the keys, and makes those that are missing: at first start, and after a change of `JWT_ALGORITHM`. */
  async load(): Promise<KeysLoaded> {
    const { jwtAlgorithm } = this.configuration;
    const { keys, made } = await this.stored.readOrMake(jwtAlgorithm);
    const now = this.clock.now();
    const kept = keys.filter(({ keepUntil }) => keepUntil === null || keepUntil > now);
    const pairs = kept.map((key) => this.stored.unseal(key));
    const shared = jwtAlgorithm === 'HS256' ? this.sharedKeys() : [];
    const signing =
      shared[0] ?? pairs.find((_, i) => kept[i]!.stage === 'current' && kept[i]!.algorithm === jwtAlgorithm);
    if (!signing) throw new Error(`There is no current ${jwtAlgorithm} key.`);
    this.signing = signing;
    const verifying: VerificationKey[] = [...(this.tests?.keys ?? []), ...pairs, ...shared];
    this.verifying = new Map(verifying.map((key) => [key.kid, key]));
    this.published = jwtAlgorithm === 'HS256' ? [] : pairs.map(publicJwk);
    this.listeners.forEach((listener) => listener());
    return { algorithm: jwtAlgorithm, kid: signing.kid, made };
  }

  private sharedKeys(): SigningKey[] {
    const { current, previous } = this.secrets.jwtSecrets();
    return [current, ...(previous === undefined ? [] : [previous])].map(sharedSecretKey);
  }
}
