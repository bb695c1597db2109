import { isEmail } from 'class-validator';

export type UserId = string;

/** Who exists. */
export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Since when the user may not sign in. */
  readonly disabledAt: Date | null;
}

/** Which users a list is to hold; what is absent leaves none out. */
export interface UserFilter {
  /** Part of an address or a name, in whatever case. */
  readonly search?: string | undefined;
  /** Whose address this is, normalized. */
  readonly email?: string | undefined;
  /** Who holds this role. */
  readonly role?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/** A user whose version was raised: access tokens with a lower one are not to be trusted any more. */
export interface RaisedUser {
  readonly id: UserId;
  readonly version: number;
}

export const ADDRESS_MAX_LENGTH = 254;
export const NAME_MAX_LENGTH = 100;

/**
 * Trims and lower-cases an address. Only ASCII letters are lowered: Unicode's lowering would turn a Kelvin
 * sign into a `k`, and a stranger's address into somebody else's.
 */
export function normalizeAddress(address: string): string {
  return address.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether it may be a part of an address: no space, and ASCII only (a homograph is not the address it looks like). */
export function hasAddressCharacters(text: string): boolean {
  // A quoted local part is another spelling of a mailbox (RFC 5321 §4.1.2): one account for each is one too many.
  return /^[\x21\x23-\x7e]+$/.test(text);
}

/** Whether a normalized address has the form of one. */
export function hasAddressForm(address: string): boolean {
  return hasAddressCharacters(address) && isEmail(address, { allow_utf8_local_part: false });
}
