import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock/index.js';
import { Configuration } from '../platform/config/index.js';
import { ControlError } from '../platform/control/index.js';
import type { Transaction } from '../platform/database/index.js';
import { Events, SERVICE, type Origin } from '../platform/events/index.js';
import { hasSignedFor, isKept, keptUntil, signsFrom } from './key-life.js';
import { KeysRevoked, KeysRotated } from './keys.events.js';
import { SigningKeysRepository, type KeyStanding, type StoredKey } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';

/** What a rotation is to do. */
interface Turn {
  /** Takes over; undefined where the current key goes on signing. */
  readonly successor: KeyStanding | undefined;
  /** The current keys that sign no more. */
  readonly retired: readonly KeyStanding[];
  /** The next keys of other algorithms, which will never sign. */
  readonly withdrawn: readonly KeyStanding[];
}

/** What a rotation did. */
export interface Rotated {
  readonly signs: string | null;
  readonly next: string | null;
  readonly retired: readonly string[];
}

/** What revoking a key did. */
export interface Revoked {
  readonly kid: string;
  readonly stage: StoredKey['stage'];
  /** The key that signs in its place; null where another did already. */
  readonly signs: string | null;
}

const ALL = () => true;

/** Which key signs, and until when the others verify: publish → sign → retire → drop. */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly configuration: Configuration,
    private readonly stored: SigningKeysService,
    private readonly repository: SigningKeysRepository,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /**
   * Now, for an operator: the next key signs, and the current keys of every algorithm retire.
   *
   * @throws ControlError `too_early` where verifiers may not have the next key yet; `nothing_to_rotate`
   */
  async rotate(origin: Origin): Promise<Rotated> {
    const { jwtAlgorithm } = this.configuration;
    const fresh = await this.freshNext();
    return this.stored.change(async (tx, keys) => {
      const turn = this.turn(keys, ALL);
      if (jwtAlgorithm !== 'HS256' && !turn.successor) throw this.tooEarly(keys);
      if (turn.retired.length + (turn.successor ? 1 : 0) === 0) {
        throw new ControlError(
          'nothing_to_rotate',
          'HS256 signs with JWT_SECRET, and no other key is left to retire. Change JWT_SECRET, and give the old ' +
            'one as JWT_SECRET_PREVIOUS.',
        );
      }
      return this.perform(tx, turn, fresh, origin);
    });
  }

  /** By schedule, on every node: of several at once the first does it, the others find it done. */
  async keepUp(): Promise<void> {
    if (!this.isAnythingDue(await this.stored.standing())) return;
    const fresh = await this.freshNext();
    await this.stored.change(async (tx, keys) => {
      const turn = this.turn(keys, (key) => this.isDue(key));
      if (isTurn(turn)) await this.perform(tx, turn, fresh, SERVICE);
      else await this.repository.deleteExpired(tx, this.clock.now());
    });
  }

  /**
   * Takes a compromised key out at once. Where it signed, the next one does from now on, however short a time it was
   * published.
   *
   * @throws ControlError `not_found`
   */
  async revoke(kid: string, origin: Origin): Promise<Revoked> {
    const { algorithm } = find(await this.stored.standing(), kid);
    const fresh = await this.stored.make(algorithm, 'next');
    return this.stored.change(async (tx, keys) => {
      const key = find(keys, kid);
      await this.repository.delete(tx, kid);
      const next = keys.find((one) => one.algorithm === algorithm && one.stage === 'next');
      const signs = key.stage === 'current' && next ? next.kid : null;
      if (signs !== null) await this.promote(tx, signs);
      if (key.stage !== 'retired') await this.repository.insert(tx, fresh);
      const revoked = { kid, stage: key.stage, signs };
      await this.events.publish(tx, KeysRevoked(origin, {}, revoked));
      return revoked;
    });
  }

  private turn(keys: readonly KeyStanding[], isDue: (key: KeyStanding) => boolean): Turn {
    const { jwtAlgorithm } = this.configuration;
    const due = keys.filter((key) => key.stage === 'current' && isDue(key));
    const current = keys.find((key) => key.stage === 'current' && key.algorithm === jwtAlgorithm);
    const next = keys.find((key) => key.stage === 'next' && key.algorithm === jwtAlgorithm);
    const mayTakeOver = next !== undefined && signsFrom(next) <= this.clock.now();
    const successor = mayTakeOver && (!current || due.includes(current)) ? next : undefined;
    // A key of another algorithm goes only where one of this node's signs in its place.
    const othersMayGo = jwtAlgorithm === 'HS256' || current !== undefined || successor !== undefined;
    const retired = due.filter((key) => (key === current ? successor !== undefined : othersMayGo));
    const left = new Set(retired.map(({ algorithm }) => algorithm));
    const withdrawn = keys.filter(
      ({ stage, algorithm }) => stage === 'next' && algorithm !== jwtAlgorithm && left.has(algorithm),
    );
    return { successor, retired, withdrawn };
  }

  private async perform(
    tx: Transaction,
    { successor, retired, withdrawn }: Turn,
    fresh: StoredKey | undefined,
    origin: Origin,
  ): Promise<Rotated> {
    const now = this.clock.now();
    for (const key of retired)
      await this.repository.change(tx, key.kid, { stage: 'retired', keepUntil: keptUntil(key, now) });
    for (const { kid } of withdrawn) await this.repository.delete(tx, kid);
    await this.repository.deleteExpired(tx, now);
    if (successor) await this.promote(tx, successor.kid);
    if (successor && fresh) await this.repository.insert(tx, fresh);
    const rotated = {
      signs: successor?.kid ?? null,
      next: (successor && fresh?.kid) ?? null,
      retired: retired.map(({ kid }) => kid),
    };
    await this.events.publish(tx, KeysRotated(origin, {}, rotated));
    return rotated;
  }

  private promote(tx: Transaction, kid: string): Promise<void> {
    const longestTtl = this.configuration.accessTokenTtlSeconds;
    return this.repository.change(tx, kid, { stage: 'current', signsSince: this.clock.now(), longestTtl });
  }

  private isAnythingDue(keys: readonly KeyStanding[]): boolean {
    return (
      isTurn(this.turn(keys, (key) => this.isDue(key))) || keys.some((key) => !isKept(key, this.clock.now()))
    );
  }

  private isDue(key: KeyStanding): boolean {
    return hasSignedFor(key, this.configuration.keyRotationSeconds, this.clock.now());
  }

  /** Made before the transaction, which is cut: an RSA key takes a small machine seconds. */
  private async freshNext(): Promise<StoredKey | undefined> {
    const { jwtAlgorithm } = this.configuration;
    return jwtAlgorithm === 'HS256' ? undefined : this.stored.make(jwtAlgorithm, 'next');
  }

  private tooEarly(keys: readonly KeyStanding[]): ControlError {
    const { jwtAlgorithm } = this.configuration;
    const next = keys.find(({ stage, algorithm }) => stage === 'next' && algorithm === jwtAlgorithm);
    const when = next ? `can sign from ${signsFrom(next).toISOString()} on` : 'is not made yet';
    return new ControlError(
      'too_early',
      `The next ${jwtAlgorithm} key${next ? `, ${next.kid},` : ''} ${when}: until then verifiers may hold a set of keys ` +
        'without it, and would refuse its tokens. Nothing was changed. If the current key is compromised, do not ' +
        'wait: keys:revoke takes it out at once.',
    );
  }
}

function isTurn({ successor, retired }: Turn): boolean {
  return successor !== undefined || retired.length > 0;
}

function find<K extends KeyStanding>(keys: readonly K[], kid: string): K {
  const key = keys.find((one) => one.kid === kid);
  if (!key) throw new ControlError('not_found', `There is no signing key ${kid}: keys:list names them.`);
  return key;
}
