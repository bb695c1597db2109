import { Injectable, Logger, Optional } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration, thisProcess } from '../platform/config/index.js';
import { Secrets } from '../platform/crypto/index.js';
import { isKept, signsFrom } from './key-life.js';
import { publicJwk, sharedSecretKey, type SigningKey, type VerificationKey } from './signing-key.js';
import type { KeyStanding, StoredKey } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';
import { refuseTestKeys, TestKeys } from './test-keys.js';

/** What loading found, for the lines that tell how the start went. */
export interface KeysLoaded {
  readonly algorithm: string;
  readonly kid: string;
  readonly made: boolean;
  /** After a change of `JWT_ALGORITHM`: what takes over, once every verifier has its key. */
  readonly successor?: { readonly algorithm: string; readonly from: Date };
  /** How many private halves only `SECRET_KEY_PREVIOUS` opens. */
  readonly underPreviousSecret: number;
}

/**
 * The keys of this node, in memory: the one that signs, and all that verify. No request asks the database
 * for a key: an unknown `kid` is simply unknown.
 */
@Injectable()
export class KeyRing {
  private readonly logger = new Logger('KeyRing');
  private signing: SigningKey | undefined;
  private verifying = new Map<string, VerificationKey>();
  private published: readonly Record<string, unknown>[] = [];
  private readonly listeners: (() => void)[] = [];
  private pairs = new Map<string, SigningKey>();
  /** What the set in memory was made of; another text is another set. */
  private standing = '';
  private reading: Promise<void> = Promise.resolve();

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
    await this.take(keys, (key) => this.stored.unseal(key));
    const { algorithm, kid } = this.current;
    const next = keys.find((key) => key.stage === 'next' && key.algorithm === jwtAlgorithm);
    const underPreviousSecret = keys.filter((key) => this.stored.isSealedUnderPrevious(key)).length;
    const loaded = { algorithm, kid, made, underPreviousSecret };
    if (algorithm === jwtAlgorithm || !next) return loaded;
    return { ...loaded, successor: { algorithm: jwtAlgorithm, from: signsFrom(next) } };
  }

  /**
   * Brings the set up to what the database holds; where nothing changed, that is one small read. One after the
   * other, so that what was read first is never taken last.
   */
  refresh(): Promise<void> {
    this.reading = this.reading.catch(() => undefined).then(() => this.readChanges());
    return this.reading;
  }

  private async readChanges(): Promise<void> {
    if (this.describe(await this.stored.standing()) === this.standing) return;
    await this.take(await this.stored.all(), (key) => this.pairs.get(key.kid) ?? this.unsealOrLeave(key));
  }

  /** One key that this node cannot open must not keep it from hearing that another was revoked. */
  private unsealOrLeave(key: StoredKey): SigningKey | undefined {
    try {
      return this.stored.unseal(key);
    } catch (error) {
      this.logger.error(`The signing key ${key.kid} is left out: ${(error as Error).message}`);
      return undefined;
    }
  }

  private async take(
    keys: readonly StoredKey[],
    unseal: (key: StoredKey) => SigningKey | undefined,
  ): Promise<void> {
    const { jwtAlgorithm, accessTokenTtlSeconds } = this.configuration;
    const usable = keys.filter(this.isKept).flatMap((key) => {
      const pair = unseal(key);
      return pair ? [{ key, pair }] : [];
    });
    const currents = usable.filter(({ key }) => key.stage === 'current');
    const stored = currents.find(({ key }) => key.algorithm === jwtAlgorithm) ?? currents[0];
    const shared = this.sharedKeys();
    const signing = jwtAlgorithm === 'HS256' ? shared[0] : stored?.pair;
    if (!signing) throw new Error(`There is no current ${jwtAlgorithm} key.`);
    if (signing === stored?.pair && stored.key.longestTtl < accessTokenTtlSeconds)
      await this.stored.signsFor(signing.kid, accessTokenTtlSeconds);
    const pairs = usable.map(({ pair }) => pair);
    this.signing = signing;
    this.pairs = new Map(pairs.map((pair) => [pair.kid, pair]));
    const verifying: VerificationKey[] = [...(this.tests?.keys ?? []), ...pairs, ...shared];
    this.verifying = new Map(verifying.map((key) => [key.kid, key]));
    this.published = pairs.map(publicJwk);
    this.standing = this.describe(keys);
    this.listeners.forEach((listener) => listener());
  }

  private readonly isKept = (key: KeyStanding): boolean => isKept(key, this.clock.now());

  private describe(keys: readonly KeyStanding[]): string {
    return keys
      .filter(this.isKept)
      .map(({ kid, stage }) => `${kid} ${stage}`)
      .join('\n');
  }

  /** Beside another algorithm the previous secret verifies, where it is given: while nodes change over. */
  private sharedKeys(): SigningKey[] {
    const { jwtAlgorithm, jwtSecretPrevious } = this.configuration;
    const current = jwtAlgorithm === 'HS256' ? [this.secrets.jwtSecrets().current] : [];
    const previous = jwtSecretPrevious === undefined ? [] : [jwtSecretPrevious];
    return [...current, ...previous].map(sharedSecretKey);
  }
}
