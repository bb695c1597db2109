/** RFC 8414 §2: what a client may rely on, and only what is true. */
export class AuthorizationServerMetadataDto {
  /** The `iss` of access tokens. @example https://auth.example.com */
  issuer: string;
  /** Where the keys that verify access tokens are published. @example https://auth.example.com/.well-known/jwks.json */
  jwks_uri: string;
  /** There is no authorization endpoint. @example [] */
  response_types_supported: string[];
  /** There is no token endpoint. @example [] */
  grant_types_supported: string[];
}
