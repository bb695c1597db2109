import {
  Catch,
  Controller,
  Get,
  Global,
  HttpException,
  Injectable,
  Module,
  Req,
  type ArgumentsHost,
  type ModuleMetadata,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AccessModule,
  accessProblems,
  Authenticator,
  AuthOptional,
  AuthRequired,
  ClientAuthenticator,
  ClientRequired,
  Grants,
  Policy,
  Public,
  RequirePermissions,
  Roles,
  StepUp,
  type AccessPolicy,
  type Principal,
} from '../../src/access/index.js';
import { Clock } from '../../src/platform/clock/index.js';
import { Problem } from '../../src/platform/problem/index.js';
import './truth-table.js';

const NOW = 1_000_000;

/**
 * What each route answers to each caller, written by hand:
 *
 * - `+` reached, the caller known; `-` reached, and nobody known; `?` reached, and why the token was refused is
 *   known; `c` reached, the client known
 * - `u` 401 `unauthenticated`, `e` 500: a fault, and nobody's refusal
 * - `f` 403 `forbidden` without a challenge, `s` with `insufficient_scope`
 * - `t` 401 `step_up_required`
 */
const EXPECTED = `
                  nobody plain staff narrow reader outlived weak late early old stranger promised fault barred
/public           -      -     -     -      -      -        -    -    -     -   -        -        -     -
/optional         ?      +     +     +      +      +        +    +    +     +   +        +        e     f
/bearer           u      +     +     +      +      +        +    +    +     +   +        +        e     f
/client           c      c     c     c      c      c        c    c    c     c   c        c        e     c
/role             u      f     f     +      f      f        +    +    +     +   +        +        e     f
/any-role         u      f     +     +      +      f        +    +    +     +   +        +        e     f
/both-roles       u      f     f     f      f      f        +    +    +     +   +        +        e     f
/permission       u      s     s     s      +      s        +    +    +     +   +        +        e     f
/permissions      u      s     s     s      s      s        +    +    +     +   +        +        e     f
/recent           u      +     +     +      +      +        +    +    +     t   +        +        e     f
/strong           u      t     t     t      t      t        t    +    +     +   +        +        e     f
/recent-strong    u      t     t     t      t      t        t    +    +     t   +        +        e     f
/policy           u      +     +     +      +      +        +    +    +     +   f        +        e     f
/late-policy      u      +     +     +      +      +        +    +    +     +   f        +        e     f
/late-then-policy u      +     +     +      +      +        f    +    +     +   f        +        e     f
/policy-then-late u      +     +     +      +      +        f    +    +     +   f        +        e     f
/truthy-policy    u      f     f     f      f      f        f    f    f     f   f        f        e     f
/late-truthy      u      f     f     f      f      f        f    f    f     f   f        f        e     f
/faulty-policy    u      e     e     e      e      e        e    e    e     e   e        e        e     f
/everything       u      f     f     s      f      f        t    +    +     t   f        +        e     f
`;

interface Cell {
  readonly route: string;
  readonly caller: string;
  readonly expected: string;
}

export const CELLS: readonly Cell[] = cells();

function cells(): Cell[] {
  const [header = '', ...lines] = EXPECTED.trim().split('\n');
  const callers = header.trim().split(/\s+/);
  return lines.flatMap((line) => {
    const [route = '', ...answers] = line.trim().split(/\s+/);
    return callers.map((caller, at) => ({ route, caller, expected: answers[at] ?? 'missing' }));
  });
}

const BOTH = ['sample:read', 'sample:write'];
const ADMIN = { roles: ['admin', 'staff'], scope: BOTH, authTime: NOW - 300, acr: 'aal2' };
const CALLERS: Record<string, { roles: string[]; scope?: string[]; authTime?: number; acr?: string }> = {
  plain: { roles: ['user'] },
  staff: { roles: ['staff'] },
  // Its role grants what its token does not name.
  narrow: { roles: ['admin'] },
  reader: { roles: ['staff'], scope: ['sample:read'] },
  // Its token names what no role of it grants any more.
  outlived: { roles: ['user'], scope: BOTH },
  weak: { ...ADMIN, acr: 'aal1' },
  late: ADMIN,
  early: { ...ADMIN, authTime: NOW },
  old: { ...ADMIN, authTime: NOW - 301 },
  stranger: ADMIN,
  promised: ADMIN,
};
const GRANTED: Record<string, string[]> = { admin: BOTH, staff: ['sample:read'], user: [] };

function principalOf(name: string): Principal {
  const { roles, scope = [], authTime = NOW, acr = 'aal1' } = CALLERS[name]!;
  return {
    userId: name,
    roles,
    permissions: new Set(scope),
    authTime,
    acr,
  } as Partial<Principal> as Principal;
}

type Context = Parameters<Authenticator['authenticate']>[0];
const nameIn = (context: Context) =>
  context.switchToHttp().getRequest<FastifyRequest>().headers['x-caller'] as string;

const authenticator: Authenticator = {
  authenticate(context) {
    const name = nameIn(context);
    if (name === 'nobody') {
      // As of a library that knows the caller before it refuses it.
      context.switchToHttp().getRequest<FastifyRequest>().user = principalOf('plain');
      throw accessProblems.Unauthenticated();
    }
    if (name === 'barred') throw accessProblems.Forbidden();
    if (name === 'fault') throw Object.assign(new TypeError('a fault'), { definition: { status: 401 } });
    return name === 'promised' ? Promise.resolve(principalOf(name)) : principalOf(name);
  },
};
const clients: ClientAuthenticator = {
  authenticate(context) {
    if (nameIn(context) === 'fault') throw new TypeError('a fault');
    return { clientId: 'a-client', audience: 'an-audience', may: [] };
  },
};
const grants: Grants = {
  grants: (roles, permission) => roles.some((role) => GRANTED[role]!.includes(permission)),
};

@Injectable()
class NoStranger implements AccessPolicy {
  allows({ userId }: Principal): boolean {
    return userId !== 'stranger';
  }
}
@Injectable()
class LateNoStranger implements AccessPolicy {
  allows({ userId }: Principal): Promise<boolean> {
    return Promise.resolve(userId !== 'stranger');
  }
}
@Injectable()
class NotWeak implements AccessPolicy {
  allows({ userId }: Principal): boolean {
    return userId !== 'weak';
  }
}
@Injectable()
class Truthy implements AccessPolicy {
  allows(): boolean {
    return 'yes' as unknown as boolean;
  }
}
@Injectable()
class LateTruthy implements AccessPolicy {
  allows(): Promise<boolean> {
    return Promise.resolve('yes' as unknown as boolean);
  }
}
@Injectable()
class Faulty implements AccessPolicy {
  allows(): boolean {
    throw new TypeError('a fault');
  }
}
const POLICIES = [NoStranger, LateNoStranger, NotWeak, Truthy, LateTruthy, Faulty];

type Level = ClassDecorator & MethodDecorator;
const ROUTES: Record<string, Level[]> = {
  public: [Public()],
  optional: [AuthOptional()],
  bearer: [AuthRequired()],
  client: [ClientRequired()],
  role: [Roles('admin')],
  'any-role': [Roles('admin', 'staff')],
  'both-roles': [Roles('admin'), Roles('staff')],
  permission: [RequirePermissions('sample:read')],
  permissions: [RequirePermissions('sample:read', 'sample:write')],
  recent: [StepUp({ maxAge: '5m' })],
  strong: [StepUp({ acr: 'aal2' })],
  'recent-strong': [StepUp({ maxAge: '5m', acr: 'aal2' })],
  policy: [Policy(NoStranger)],
  'late-policy': [Policy(LateNoStranger)],
  'late-then-policy': [Policy(NotWeak), Policy(LateNoStranger)],
  'policy-then-late': [Policy(LateNoStranger), Policy(NotWeak)],
  'truthy-policy': [Policy(Truthy)],
  'late-truthy': [Policy(LateTruthy)],
  'faulty-policy': [Policy(Faulty)],
  everything: [
    Roles('admin'),
    RequirePermissions('sample:write'),
    StepUp({ maxAge: '5m', acr: 'aal2' }),
    Policy(NoStranger),
  ],
};

@Controller()
export class MatrixController {}
for (const [path, decorators] of Object.entries(ROUTES)) {
  const value = ({ user, refusal, client }: FastifyRequest) => ({
    known: user?.userId ?? (refusal ? '?' : client ? 'c' : '-'),
  });
  Object.defineProperty(MatrixController.prototype, path, { value, configurable: true });
  Req()(MatrixController.prototype, path, 0);
  const handler = Object.getOwnPropertyDescriptor(MatrixController.prototype, path)!;
  for (const decorate of [Get(path), ...decorators]) decorate(MatrixController.prototype, path, handler);
}

@Global()
@Module({
  providers: [
    { provide: Authenticator, useValue: authenticator },
    { provide: ClientAuthenticator, useValue: clients },
    { provide: Grants, useValue: grants },
    ...POLICIES,
  ],
  exports: [Authenticator, ClientAuthenticator, Grants],
})
export class Bound {}

@Catch()
class Tell {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const status = thrown instanceof HttpException ? thrown.getStatus() : 500;
    const { status: told, code } = thrown instanceof Problem ? thrown.definition : { status, code: '' };
    const headers = thrown instanceof Problem ? thrown.headers : {};
    void host.switchToHttp().getResponse<FastifyReply>().status(told).headers(headers).send({ code });
  }
}

/** An app with a route for each thing that can be asked. */
export function startMatrix(): Promise<NestFastifyApplication> {
  return startGuarded({ imports: [Bound], controllers: [MatrixController] });
}

/** Modules as a user would write them, behind the guard and nothing else of this service. */
export async function startGuarded(
  { imports = [], ...rest }: ModuleMetadata,
  configure: (app: NestFastifyApplication) => void = () => {},
): Promise<NestFastifyApplication> {
  const testing = await Test.createTestingModule({ imports: [AccessModule.forRoot(), ...imports], ...rest })
    .overrideProvider(Clock)
    .useValue({ seconds: () => NOW })
    .compile();
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app.useGlobalFilters(new Tell());
  configure(app);
  try {
    return await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
}

const STEP_UPS: Record<string, string> = {
  '/recent': 'max_age="300"',
  '/strong': 'acr_values="aal2"',
  '/recent-strong': 'max_age="300", acr_values="aal2"',
  '/everything': 'max_age="300", acr_values="aal2"',
};
const SCOPES: Record<string, string> = {
  '/permission': 'sample:read',
  '/permissions': 'sample:read sample:write',
  '/everything': 'sample:write',
};

/** What the app answers to one caller, in the words of the table; in full where the table has no word for it. */
export async function ask(app: NestFastifyApplication, { route, caller }: Cell): Promise<string> {
  const { statusCode, headers, body } = await app.inject({ url: route, headers: { 'x-caller': caller } });
  const challenge = headers['www-authenticate'];
  const answer = JSON.parse(body) as { code?: string; known?: string };
  const said = [statusCode, answer.code ?? answer.known, challenge].join(' ');
  const words: Record<string, string> = {
    [`200 ${caller} `]: '+',
    '200 - ': '-',
    '200 ? ': '?',
    '200 c ': 'c',
    '401 unauthenticated Bearer': 'u',
    '500  ': 'e',
    '403 forbidden ': 'f',
    [`403 forbidden Bearer error="insufficient_scope", scope="${SCOPES[route]}"`]: 's',
    [`401 step_up_required Bearer error="insufficient_user_authentication", ${STEP_UPS[route]}`]: 't',
  };
  return words[said] ?? said;
}
