import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { open, seal, Secrets } from '../platform/crypto/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
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
    const { keys, made, pairs } = await this.database.transaction(async (tx) => {
      const read = await this.readOrMake(tx, jwtAlgorithm);
      // In here, so that with a foreign SECRET_KEY nothing made beside what it cannot open is committed.
      return { ...read, pairs: read.keys.map((key) => this.unseal(key)) };
    });
    const shared = jwtAlgorithm === 'HS256' ? this.sharedKeys() : [];
    const signing =
      shared[0] ?? pairs.find((_, i) => keys[i]!.stage === 'current' && keys[i]!.algorithm === jwtAlgorithm);
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
    tx: Transaction,
    algorithm: AsymmetricAlgorithm | 'HS256',
  ): Promise<{ keys: StoredKey[]; made: boolean }> {
    const complete = (keys: StoredKey[]): boolean =>
      algorithm === 'HS256' || STAGES_IN_USE.every((stage) => keys.some((key) => is(key, algorithm, stage)));
    const found = await this.repository.all(tx);
    if (complete(found)) return { keys: found, made: false };
    await this.repository.lock(tx);
    const known = await this.repository.all(tx);
    if (complete(known) || algorithm === 'HS256') return { keys: known, made: false };
    for (const stage of STAGES_IN_USE) {
      if (known.some((key) => is(key, algorithm, stage))) continue;
      const key = await this.make(algorithm, stage);
      await this.repository.insert(tx, key);
      known.push(key);
    }
    return { keys: known, made: true };
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

function is(key: StoredKey, algorithm: string, stage: string): boolean {
  return key.algorithm === algorithm && key.stage === stage;
}
