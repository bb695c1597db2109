import { createHash } from 'node:crypto';
import { randomBytes } from '../platform/crypto/index.js';

/** What a client may be registered for. */
export const CLIENT_ACTIONS = ['introspect', 'revoke'] as const;
export type ClientAction = (typeof CLIENT_ACTIONS)[number];

export type ClientId = string;

/** A registered client: a resource server that asks this service about the tokens that are meant for it. */
export interface Client {
  readonly id: ClientId;
  readonly name: string | null;
  /** The `aud` that it answers to. */
  readonly audience: string;
  readonly may: readonly ClientAction[];
  readonly createdAt: Date;
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 20;
/** 62⁴³ is just above 2²⁵⁶. */
const SECRET_LENGTH = 43;

export function newClientId(): ClientId {
  return randomAlphanumeric(ID_LENGTH);
}

/** 256 bits of chance: nobody guesses one, so that a plain SHA-256 keeps it as well as a slow hash would. */
export function newClientSecret(): string {
  return randomAlphanumeric(SECRET_LENGTH);
}

/** What is kept of a secret. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether it could be the id of a client at all; what could not be asks no database. */
export function isClientId(text: string): boolean {
  return text.length === ID_LENGTH && /^[A-Za-z0-9]+$/.test(text);
}

/**
 * The same whether a client encodes it as RFC 6749 §2.3.1 has it, or forgets to. Bytes that would make some
 * characters likelier than others are passed over.
 */
function randomAlphanumeric(length: number): string {
  const fair = 256 - (256 % ALPHANUMERIC.length);
  let text = '';
  while (text.length < length) {
    const bytes = [...randomBytes(length)].filter((byte) => byte < fair);
    text += bytes.map((byte) => ALPHANUMERIC[byte % ALPHANUMERIC.length]).join('');
  }
  return text.slice(0, length);
}
