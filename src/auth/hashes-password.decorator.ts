import { ConfigureRoute } from '../platform/http/index.js';

/** What a stranger asks a password hash for. */
export type HashedFor = 'login' | 'registration';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** By `@HashesPassword`. */
    hashesPassword?: HashedFor;
  }
}

/** A route that hashes a password for whoever asks: `EarlyRefusals` stands before it. */
export const HashesPassword = (what: HashedFor) => ConfigureRoute({ hashesPassword: what });
