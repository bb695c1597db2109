import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const ID_BYTES = 4;
// NIST SP 800-38D §8.2.2: a random nonce has 96 bits, and one key seals at most 2^32 messages with such.
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key that makes, and the one before it, which still opens and checks. */
export interface KeyPair {
  readonly current: Buffer;
  readonly previous: Buffer | undefined;
}

/** Thrown for a sealed value of a key that is not at hand: usually another `SECRET_KEY`. */
export class ForeignKey extends Error {
  override readonly name = 'ForeignKey';

  constructor(
    readonly keyId: string,
    given: readonly string[] = [],
  ) {
    super(
      `What is sealed in the database was sealed under another SECRET_KEY: its key id is ${keyId}, and ` +
        `the one given now has ${given.join(', the previous one ')}. Give the service the SECRET_KEY of ` +
        `${keyId} again, or, when it was changed on purpose, give the old one as SECRET_KEY_PREVIOUS. A start ` +
        'prints the id of its key as "secret key". Nothing was changed.',
    );
  }
}

/** Thrown for a sealed value that was altered, cut, or put in another one's place. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';

  constructor(options?: ErrorOptions) {
    super('A sealed value was altered, or belongs somewhere else.', options);
  }
}

/**
 * Encrypts and authenticates: key id ‖ nonce ‖ ciphertext ‖ tag.
 *
 * @param aad names what is sealed and where, so that one sealed value cannot be put in another's place
 */
export function seal(key: Buffer, plaintext: Buffer, aad: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad));
  return Buffer.concat([keyId(key), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what `seal` made, with the current or the previous key.
 *
 * @throws ForeignKey when neither made it
 * @throws SealBroken when it was altered or `aad` differs
 */
export function open(keys: KeyPair, sealed: Buffer, aad: string): Buffer {
  if (sealed.length < ID_BYTES + NONCE_BYTES + TAG_BYTES) throw new SealBroken();
  const id = sealed.subarray(0, ID_BYTES);
  const key = [keys.current, keys.previous].find((candidate) => candidate && keyId(candidate).equals(id));
  if (key === undefined) throw new ForeignKey(id.toString('hex'), idsOf(keys));
  const nonce = sealed.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
  // Without authTagLength a tag cut to 4 bytes would be taken, and could be guessed.
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(aad))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const ciphertext = sealed.subarray(ID_BYTES + NONCE_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch (cause) {
    throw new SealBroken({ cause });
  }
}

/** Whether this key sealed it. It tells no more than that: what was altered is told by `open`. */
export function isSealedUnder(key: Buffer, sealed: Buffer): boolean {
  return keyId(key).equals(sealed.subarray(0, ID_BYTES));
}

/** The ids of the keys at hand, the current one first, as messages show them. */
export function idsOf({ current, previous }: KeyPair): string[] {
  return [current, ...(previous ? [previous] : [])].map((key) => keyId(key).toString('hex'));
}

/** Tells keys apart and nothing more: a hash of a 256-bit key gives no hold on it. */
function keyId(key: Buffer): Buffer {
  return createHash('sha256').update('sumun key id').update(key).digest().subarray(0, ID_BYTES);
}
