import { createHmac } from 'node:crypto';
import { constantTimeEqual, randomBytes } from '../platform/crypto/index.js';
import type { DomainEvent, Origin } from '../platform/events/index.js';

/** What is told of an event, and holds nothing personal: the part that stays for good. */
export interface Facts {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly via: 'http' | 'command_line' | 'service';
  readonly actorId: string | null;
  readonly subjectId: string | null;
  readonly requestId: string | null;
  /** JSON. */
  readonly details: string;
}

/** Whom it is about, and who did it, each with what makes its hash provable. Erased, only the hashes stay. */
export interface Personal {
  readonly email: string | null;
  readonly subjectSalt: Buffer | null;
  readonly subjectHash: Buffer | null;
  readonly ip: string | null;
  readonly agent: string | null;
  readonly actorSalt: Buffer | null;
  readonly actorHash: Buffer | null;
}

/** An event as it is kept. */
export interface AuditRecord extends Facts, Personal {
  readonly keyId: string;
  readonly mac: Buffer;
}

const SALT_BYTES = 16;

/** An origin without its personal fields. */
export function nameless(origin: Origin): Origin {
  return { ...origin, ip: null, agent: null };
}

/** An event with what it is kept with, but for the mark of the service that keeps it. */
export function recordOf(event: DomainEvent, id: string, at: Date): Facts & Personal {
  const { type, origin, subject, details } = event;
  const { via, actorId, ip, agent, requestId } = origin;
  const email = subject.email ?? null;
  const subjectSalt = email === null ? null : randomBytes(SALT_BYTES);
  const actorSalt = ip === null && agent === null ? null : randomBytes(SALT_BYTES);
  return {
    ...{ id, at, type, via, actorId, requestId },
    subjectId: subject.id ?? null,
    details: JSON.stringify(details),
    ...{ email, subjectSalt, subjectHash: subjectSalt && saltedHash(subjectSalt, [email]) },
    ...{ ip, agent, actorSalt, actorHash: actorSalt && saltedHash(actorSalt, [ip, agent]) },
  };
}

/**
 * The mark of whoever holds the key, made when the row is written: what has not been sealed yet can neither be
 * edited nor made up, and a copy under another id is no twin.
 */
export function macOf(key: Buffer, facts: Facts & Pick<Personal, 'subjectHash' | 'actorHash'>): Buffer {
  const { id, at, type, via, actorId, subjectId, requestId, details, subjectHash, actorHash } = facts;
  const hashes = [subjectHash, actorHash].map((hash) => hash?.toString('base64') ?? null);
  const fields = [id, at.toISOString(), type, via, actorId, subjectId, requestId, details, ...hashes];
  return createHmac('sha256', key)
    .update(`sumun audit row ${JSON.stringify(fields)}`)
    .digest();
}

/** Whether the personal fields are those that were hashed, or were erased whole, with their salt. */
export function personalIsIntact({
  email,
  ip,
  agent,
  subjectSalt,
  subjectHash,
  actorSalt,
  actorHash,
}: Personal): boolean {
  return provable([email], subjectSalt, subjectHash) && provable([ip, agent], actorSalt, actorHash);
}

/** How many of a row's two groups of personal fields were erased. */
export function erasedOf({ subjectSalt, subjectHash, actorSalt, actorHash }: Personal): number {
  return (
    Number(subjectHash !== null && subjectSalt === null) + Number(actorHash !== null && actorSalt === null)
  );
}

function provable(fields: readonly (string | null)[], salt: Buffer | null, hash: Buffer | null): boolean {
  if (salt === null || hash === null) return salt === null && fields.every((field) => field === null);
  return constantTimeEqual(saltedHash(salt, fields), hash);
}

/** There are few IPv4 addresses: without the salt, a hash that stays would tell which one it was. */
function saltedHash(salt: Buffer, fields: readonly (string | null)[]): Buffer {
  return createHmac('sha256', salt).update(JSON.stringify(fields)).digest();
}
