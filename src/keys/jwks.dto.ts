/** A public key as RFC 7517 §4 publishes it. */
export class JwkDto {
  /** `EC` or `RSA`. @example EC */
  kty: string;
  /** Names the key in a token's header. @example 3uC0gDYWBbtWXQQGL4yPNJbGbNpjOe2MzO5ki2FLgXE */
  kid: string;
  /** The one algorithm that this key verifies. @example ES256 */
  alg: string;
  /** @example sig */
  use: string;
  /** EC keys: the curve. @example P-256 */
  crv?: string;
  /** EC keys: the x coordinate. @example f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU */
  x?: string;
  /** EC keys: the y coordinate. @example x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 */
  y?: string;
  /**
   * RSA keys: the modulus.
   * @example uWMH0cWZyNGSMbYDzfGLzMQc5hJ8mZ8vJk5tP3yYz7s
   */
  n?: string;
  /** RSA keys: the exponent. @example AQAB */
  e?: string;
}

/** RFC 7517 §5: a JWK Set. */
export class JwksDto {
  /** The current key, the next one, and those whose tokens have not all expired; empty with `HS256`. */
  keys: JwkDto[];
}
