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
  /** Where a resource server asks about a token (RFC 7662). @example https://auth.example.com/oauth/introspect */
  introspection_endpoint: string;
  /** How it proves itself there. @example ["client_secret_basic", "client_secret_post"] */
  introspection_endpoint_auth_methods_supported: string[];
  /** Where it ends the session of a token (RFC 7009). @example https://auth.example.com/oauth/revoke */
  revocation_endpoint: string;
  /** How it proves itself there. @example ["client_secret_basic", "client_secret_post"] */
  revocation_endpoint_auth_methods_supported: string[];
}
