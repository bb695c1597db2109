import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { definedPermissions, Grants } from '../access/index.js';
import { makeKeyPair, TestKeys, type SigningKey } from '../keys/index.js';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import { DEFAULT_ROLE } from '../roles/index.js';
import { AccessTokensService } from '../tokens/index.js';
import { UsersService } from '../users/index.js';

/** What a token is to say; what is absent is as after a sign-in of just now. */
export interface TestToken {
  /** Another id for each token, unless given. */
  readonly userId?: string;
  readonly userVersion?: number;
  /** `user` alone, unless given. */
  readonly roles?: readonly string[];
  /**
   * All that the roles grant, unless given. The guard counts one only while a role of the token grants it: give a
   * role that does, `admin` for whatever there is.
   */
  readonly permissions?: readonly string[];
  readonly authenticatedAt?: Date;
}

/** Somebody who exists in the app under test, with an access token. */
export interface TestUser {
  readonly id: string;
  readonly token: string;
}

/**
 * Signs access tokens that the app under test takes for real: by the service's own code, in the RFC 9068 profile,
 * with a key made for this one issuer. No guard is overridden, so that a test fails where a declaration is wrong.
 *
 * ```ts
 * const issuer = await TestIssuer.make();
 * const app = await startApp({ modules: [issuer.module] });
 * const kim = await issuer.signIn(app.nest);
 * const { status } = await app.http.get('/notes', { token: kim.token });
 * ```
 *
 * An app in production does not start with its module.
 */
export class TestIssuer {
  readonly #key: SigningKey;

  private constructor(key: SigningKey) {
    this.#key = key;
  }

  static async make(): Promise<TestIssuer> {
    return new TestIssuer(await makeKeyPair('ES256'));
  }

  /** To be imported by the app under test; without it the tokens are `invalid_token` there. */
  get module(): DynamicModule {
    // Only what verifies is handed over: nothing in the app can sign with it.
    const { kid, algorithm, verifyWith } = this.#key;
    const trusted: TestKeys = { keys: [{ kid, algorithm, verifyWith }] };
    return {
      module: TestIssuerModule,
      global: true,
      providers: [{ provide: TestKeys, useValue: trusted }],
      exports: [TestKeys],
    };
  }

  /** A token of whomever it says, also of nobody who exists; as of the app's own clock. */
  async tokenFor(
    app: INestApplicationContext,
    {
      userId = uuidv7(),
      userVersion = 1,
      roles = [DEFAULT_ROLE],
      permissions = grantedBy(app, roles),
      authenticatedAt,
    }: TestToken = {},
  ): Promise<string> {
    const now = app.get(Clock).now();
    const caller = { id: userId, version: userVersion, roles, permissions };
    const session = { id: uuidv7(), authenticatedAt: authenticatedAt ?? now, amr: ['pwd'] };
    return Promise.resolve(app.get(AccessTokensService).issue(caller, session, now, this.#key).token);
  }

  /** Makes a user with these roles, and a token that tells of them. */
  async signIn(
    app: INestApplicationContext,
    { roles = [DEFAULT_ROLE], ...rest }: Omit<TestToken, 'userId'> = {},
  ): Promise<TestUser> {
    const account = { email: `${uuidv7()}@test.example`, name: null, roles };
    const { id } = await app.get(Database).transaction((tx) => app.get(UsersService).create(tx, account));
    return { id, token: await this.tokenFor(app, { userId: id, roles, ...rest }) };
  }
}

function grantedBy(app: INestApplicationContext, roles: readonly string[]): string[] {
  const grants = app.get(Grants);
  return definedPermissions().filter((permission) => grants.grants(roles, permission));
}

@Module({})
class TestIssuerModule {}
