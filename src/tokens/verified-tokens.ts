import { Injectable } from '@nestjs/common';
import type { Principal } from '../access/index.js';
import { KeyRing } from '../keys/index.js';
import { Clock } from '../platform/clock/index.js';
import { Revocations } from '../sessions/index.js';
import { hasExpired } from './access-token.js';

/** What both generations may hold together, in bytes. */
const MEMORY_LIMIT = 32 * 1024 * 1024;
/** What an entry costs beside its token's characters: the principal, its strings and sets, the map's slot. */
const ENTRY_OVERHEAD = 1024;
/**
 * So many characters of a token's end are looked up, 32 bytes of its signature: hashing all of them costs more than the
 * rest. What is remembered was verified before, so no two entries end alike but by chance.
 */
const TAIL_LENGTH = 43;

interface Entry {
  readonly token: string;
  readonly principal: Principal;
}

/**
 * The tokens whose signatures this node has verified, so that a signature is paid for once a token and not
 * once a request.
 *
 * The whole compact token is compared: another spelling of it is another token. Two generations, bounded in
 * bytes: when the young one is full, or its first has expired and all of the old one has, the young one becomes the old
 * one, whose entries are forgotten unless they are met again.
 */
@Injectable()
export class VerifiedTokens {
  private young = new Map<string, Entry>();
  private old = new Map<string, Entry>();
  private youngBytes = 0;
  /** When the young one's first and last expire, and the old one's last, in seconds. */
  private youngFirst = Infinity;
  private youngUntil = 0;
  private oldUntil = 0;
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    keys: KeyRing,
  ) {
    keys.onChange(() => this.clear());
  }

  /** The principal of a token verified before, unless it has expired or was revoked since. */
  recall(token: string): Principal | undefined {
    const principal = this.find(token);
    if (principal === undefined) this.misses += 1;
    else this.hits += 1;
    return principal;
  }

  private find(token: string): Principal | undefined {
    const tail = token.slice(-TAIL_LENGTH);
    const young = this.young.get(tail);
    const entry = young ?? this.old.get(tail);
    // Nobody is let in by the tail alone.
    if (entry?.token !== token) return undefined;
    const { principal } = entry;
    if (young === undefined) this.promote(tail, entry);
    // On a hit these two may have changed; what the signature proves has not.
    if (hasExpired(principal, this.clock.seconds()) || this.isRevoked(principal)) return undefined;
    return principal;
  }

  remember(token: string, principal: Principal): void {
    const bytes = token.length + ENTRY_OVERHEAD;
    if (this.youngBytes + bytes > MEMORY_LIMIT / 2 || this.isOutlived()) this.age();
    const tail = token.slice(-TAIL_LENGTH);
    if (!this.young.has(tail)) this.youngBytes += bytes;
    this.young.set(tail, { token, principal });
    if (this.young.size === 1) this.youngFirst = principal.expiresAt;
    this.youngUntil = Math.max(this.youngUntil, principal.expiresAt);
  }

  isRevoked({ sessionId, userId, userVersion }: Principal): boolean {
    return this.revocations.isRevoked(sessionId, userId, userVersion);
  }

  clear(): void {
    this.young = new Map();
    this.old = new Map();
    this.youngBytes = this.youngUntil = this.oldUntil = 0;
    this.youngFirst = Infinity;
  }

  /** How often a token was found in it, and how often it had to be verified. */
  get lookups(): { hit: number; miss: number } {
    return { hit: this.hits, miss: this.misses };
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  private isOutlived(): boolean {
    return Math.max(this.youngFirst, this.oldUntil) <= this.clock.seconds();
  }

  private age(): void {
    this.old = this.young;
    this.oldUntil = this.youngUntil;
    this.young = new Map();
    this.youngBytes = this.youngUntil = 0;
    this.youngFirst = Infinity;
  }

  private promote(tail: string, { token, principal }: Entry): void {
    this.old.delete(tail);
    this.remember(token, principal);
  }
}
