import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { open, seal, Secrets } from '../platform/crypto/index.js';
import { Database, type Transaction } from '../platform/database/index.js';
import { Events, SERVICE, type Origin } from '../platform/events/index.js';
import { KeysMade, KeysRewrapped } from './keys.events.js';
import {
  keyPairFromDer,
  makeKeyPair,
  toDer,
  type AsymmetricAlgorithm,
  type SigningKey,
} from './signing-key.js';
import { SigningKeysRepository, type KeyStanding, type StoredKey } from './signing-keys.repository.js';

/** The asymmetric keys as they are stored, and whether this asking made any of them. */
export interface StoredKeys {
  readonly keys: StoredKey[];
  readonly made: boolean;
}

/** The signing keys at rest, sealed; makes those that are missing. */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  constructor(
    private readonly secrets: Secrets,
    private readonly database: Database,
    private readonly repository: SigningKeysRepository,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /** A start with a foreign SECRET_KEY changes nothing, and migrating would be a change. */
  onModuleInit(): void {
    this.database.beforeMigrating(async (database) => {
      const sealed = await this.repository.sealed(database);
      sealed.forEach(({ kid, privateKey }) => open(this.secrets.key('wrap'), privateKey, kid));
    });
  }

  /** How the asymmetric keys stand in the database. */
  standing(): Promise<KeyStanding[]> {
    return this.repository.standing(this.database.orm);
  }

  all(): Promise<StoredKey[]> {
    return this.repository.all(this.database.orm);
  }

  async readOrMake(algorithm: AsymmetricAlgorithm | 'HS256'): Promise<StoredKeys> {
    const found = await this.database.transaction((tx) => this.repository.all(tx));
    // First, so that with a foreign SECRET_KEY nothing is made beside what it cannot open.
    found.forEach((key) => this.unseal(key));
    if (algorithm === 'HS256') return { keys: found, made: false };
    const missing = missingStages(found, algorithm);
    if (missing.length === 0) return { keys: found, made: false };
    // Before the transaction, which is cut: RSA keys can take a small machine longer than it may last.
    return this.keep(algorithm, await Promise.all(missing.map((stage) => this.make(algorithm, stage))));
  }

  unseal({ kid, algorithm, privateKey }: StoredKey): SigningKey {
    return keyPairFromDer(algorithm, open(this.secrets.key('wrap'), privateKey, kid));
  }

  /** Whether it was sealed before `SECRET_KEY` was changed. */
  isSealedUnderPrevious({ privateKey }: StoredKey): boolean {
    return !this.secrets.sealedNow(privateKey);
  }

  /** Runs a change of the set while nobody else changes it, given the keys as they stand. */
  change<T>(work: (tx: Transaction, keys: StoredKey[]) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      await this.repository.lock(tx);
      return work(tx, await this.repository.all(tx));
    });
  }

  /** Seals every private half under the `SECRET_KEY` of now; answers which were sealed under the previous one. */
  rewrap(origin: Origin): Promise<string[]> {
    return this.change(async (tx, keys) => {
      const old = keys.filter((key) => this.isSealedUnderPrevious(key));
      const { current } = this.secrets.key('wrap');
      for (const { kid, privateKey } of old) {
        const der = open(this.secrets.key('wrap'), privateKey, kid);
        await this.repository.change(tx, kid, { privateKey: seal(current, der, kid) });
      }
      const kids = old.map(({ kid }) => kid);
      if (kids.length > 0) await this.events.publish(tx, KeysRewrapped(origin, {}, { kids }));
      return kids;
    });
  }

  /** Written down before the node signs with it, so that the key is kept until its last token has expired. */
  async signsFor(kid: string, tokenTtl: number): Promise<void> {
    await this.repository.lengthenTtl(this.database.orm, kid, tokenTtl);
  }

  /** A new key, sealed; nothing is stored. */
  async make(algorithm: AsymmetricAlgorithm, stage: 'current' | 'next'): Promise<StoredKey> {
    const pair = await makeKeyPair(algorithm);
    const createdAt = this.clock.now();
    return {
      kid: pair.kid,
      algorithm,
      stage,
      privateKey: seal(this.secrets.key('wrap').current, toDer(pair), pair.kid),
      createdAt,
      signsSince: stage === 'current' ? createdAt : null,
      longestTtl: 0,
      keepUntil: null,
    };
  }

  private keep(algorithm: AsymmetricAlgorithm, fresh: readonly StoredKey[]): Promise<StoredKeys> {
    return this.change(async (tx, known) => {
      const missing: string[] = missingStages(known, algorithm);
      const wanted = fresh.filter(({ stage }) => missing.includes(stage));
      for (const key of wanted) await this.repository.insert(tx, key);
      const kids = wanted.map(({ kid }) => kid);
      if (kids.length > 0) await this.events.publish(tx, KeysMade(SERVICE, {}, { algorithm, kids }));
      // Read back, so that the node that made them publishes them in the order in which every other node does:
      // the set's ETag is one everywhere.
      return { keys: await this.repository.all(tx), made: kids.length > 0 };
    });
  }
}

/**
 * What an algorithm lacks. Where a key of another one signs, the new one's is published first, and takes over when
 * every verifier has it.
 */
function missingStages(keys: readonly StoredKey[], algorithm: string): ('current' | 'next')[] {
  const missing: ('current' | 'next')[] = [];
  if (!keys.some(({ stage }) => stage === 'current')) missing.push('current');
  if (!keys.some((key) => key.algorithm === algorithm && key.stage === 'next')) missing.push('next');
  return missing;
}
