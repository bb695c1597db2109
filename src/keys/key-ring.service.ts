import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { open, seal, Secrets } from '../platform/crypto/index.js';
import { Database } from '../platform/database/index.js';
import {
  keyPairFromDer,
  makeKeyPair,
  publicJwk,
  sharedSecretKey,
  toDer,
  type AsymmetricAlgorithm,
  type SigningKey,
  type VerificationKey,
} from './signing-key.js';
import { SigningKeysRepository, type StoredKey } from './signing-keys.repository.js';

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
    private readonly database: Database,
    private readonly repository: SigningKeysRepository,
    private readonly clock: Clock,
  ) {}

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
    const { keys, made } = await this.readOrMake(jwtAlgorithm);
    const now = this.clock.now();
    const kept = keys.filter(({ keepUntil }) => keepUntil === null || keepUntil > now);
    const pairs = kept.map((key) => this.unseal(key));
    const shared = jwtAlgorithm === 'HS256' ? this.sharedKeys() : [];
    const signing =
      shared[0] ?? pairs.find((_, i) => kept[i]!.stage === 'current' && kept[i]!.algorithm === jwtAlgorithm);
    if (!signing) throw new Error(`There is no current ${jwtAlgorithm} key.`);
    this.signing = signing;
    this.verifying = new Map([...pairs, ...shared].map((key) => [key.kid, key]));
    this.published = jwtAlgorithm === 'HS256' ? [] : pairs.map(publicJwk);
    this.listeners.forEach((listener) => listener());
    return { algorithm: jwtAlgorithm, kid: signing.kid, made };
  }

  /** The asymmetric keys, as they stand in the database. */
  async list(): Promise<Pick<StoredKey, 'kid' | 'algorithm' | 'stage' | 'createdAt'>[]> {
    return this.repository.all(this.database.orm);
  }

  private sharedKeys(): SigningKey[] {
    const { current, previous } = this.secrets.jwtSecrets();
    return [current, ...(previous === undefined ? [] : [previous])].map(sharedSecretKey);
  }

  private async readOrMake(
    algorithm: AsymmetricAlgorithm | 'HS256',
  ): Promise<{ keys: StoredKey[]; made: boolean }> {
    const found = await this.database.transaction((tx) => this.repository.all(tx));
    // First, so that with a foreign SECRET_KEY nothing is made beside what it cannot open.
    found.forEach((key) => this.unseal(key));
    const missing =
      algorithm === 'HS256' ? [] : STAGES_IN_USE.filter((stage) => !has(found, algorithm, stage));
    if (algorithm === 'HS256' || missing.length === 0) return { keys: found, made: false };
    // Before the transaction, which is cut: RSA keys can take a small machine longer than it may last.
    const fresh = await Promise.all(missing.map((stage) => this.make(algorithm, stage)));
    return this.database.transaction(async (tx) => {
      await this.repository.lock(tx);
      const known = await this.repository.all(tx);
      const wanted = fresh.filter(({ stage }) => !has(known, algorithm, stage));
      for (const key of wanted) await this.repository.insert(tx, key);
      // Read back, so that the node that made them publishes them in the order in which every other node does:
      // the set's ETag is one everywhere.
      return { keys: await this.repository.all(tx), made: wanted.length > 0 };
    });
  }

  private async make(algorithm: AsymmetricAlgorithm, stage: StoredKey['stage']): Promise<StoredKey> {
    const pair = await makeKeyPair(algorithm);
    const privateKey = seal(this.secrets.key('wrap').current, toDer(pair), pair.kid);
    return { kid: pair.kid, algorithm, stage, privateKey, createdAt: this.clock.now(), keepUntil: null };
  }

  private unseal({ kid, algorithm, privateKey }: StoredKey): SigningKey {
    return keyPairFromDer(algorithm, open(this.secrets.key('wrap'), privateKey, kid));
  }
}

const STAGES_IN_USE = ['current', 'next'] as const;

function has(keys: readonly StoredKey[], algorithm: string, stage: string): boolean {
  return keys.some((key) => key.algorithm === algorithm && key.stage === stage);
}
