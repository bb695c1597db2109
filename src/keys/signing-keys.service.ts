import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { open, seal, Secrets } from '../platform/crypto/index.js';
import { Database } from '../platform/database/index.js';
import { Events, SERVICE } from '../platform/events/index.js';
import { KeysMade } from './keys.events.js';
import {
  keyPairFromDer,
  makeKeyPair,
  toDer,
  type AsymmetricAlgorithm,
  type SigningKey,
} from './signing-key.js';
import { SigningKeysRepository, type StoredKey } from './signing-keys.repository.js';

/** The asymmetric keys as they are stored, and whether this asking made any of them. */
export interface StoredKeys {
  readonly keys: StoredKey[];
  readonly made: boolean;
}

const STAGES_IN_USE = ['current', 'next'] as const;

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

  /** The asymmetric keys, as they stand in the database. */
  async list(): Promise<Pick<StoredKey, 'kid' | 'algorithm' | 'stage' | 'createdAt'>[]> {
    return this.repository.all(this.database.orm);
  }

  async readOrMake(algorithm: AsymmetricAlgorithm | 'HS256'): Promise<StoredKeys> {
    const found = await this.database.transaction((tx) => this.repository.all(tx));
    // First, so that with a foreign SECRET_KEY nothing is made beside what it cannot open.
    found.forEach((key) => this.unseal(key));
    if (algorithm === 'HS256') return { keys: found, made: false };
    const missing = STAGES_IN_USE.filter((stage) => !has(found, algorithm, stage));
    if (missing.length === 0) return { keys: found, made: false };
    // Before the transaction, which is cut: RSA keys can take a small machine longer than it may last.
    return this.keep(algorithm, await Promise.all(missing.map((stage) => this.make(algorithm, stage))));
  }

  unseal({ kid, algorithm, privateKey }: StoredKey): SigningKey {
    return keyPairFromDer(algorithm, open(this.secrets.key('wrap'), privateKey, kid));
  }

  private keep(algorithm: AsymmetricAlgorithm, fresh: readonly StoredKey[]): Promise<StoredKeys> {
    return this.database.transaction(async (tx) => {
      await this.repository.lock(tx);
      const known = await this.repository.all(tx);
      const wanted = fresh.filter(({ stage }) => !has(known, algorithm, stage));
      for (const key of wanted) await this.repository.insert(tx, key);
      const kids = wanted.map(({ kid }) => kid);
      if (kids.length > 0) await this.events.publish(tx, KeysMade(SERVICE, {}, { algorithm, kids }));
      // Read back, so that the node that made them publishes them in the order in which every other node does:
      // the set's ETag is one everywhere.
      return { keys: await this.repository.all(tx), made: kids.length > 0 };
    });
  }

  private async make(algorithm: AsymmetricAlgorithm, stage: StoredKey['stage']): Promise<StoredKey> {
    const pair = await makeKeyPair(algorithm);
    const privateKey = seal(this.secrets.key('wrap').current, toDer(pair), pair.kid);
    return { kid: pair.kid, algorithm, stage, privateKey, createdAt: this.clock.now(), keepUntil: null };
  }
}

function has(keys: readonly StoredKey[], algorithm: string, stage: string): boolean {
  return keys.some((key) => key.algorithm === algorithm && key.stage === stage);
}
