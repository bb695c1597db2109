import {
  All,
  applyDecorators,
  Controller,
  Get,
  Global,
  Head,
  Injectable,
  Module,
  Options,
  Post,
  Scope,
  Version,
  VersioningType,
  type DynamicModule,
  type ModuleMetadata,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  accessCatalogue,
  Authenticator,
  AuthOptional,
  AuthRequired,
  ClientRequired,
  CurrentClient,
  CurrentUser,
  Policy,
  Public,
  Refusal,
  RequirePermissions,
  Roles,
  StepUp,
  type AccessPolicy,
} from '../../src/access/index.js';
import { Bound, startGuarded } from '../support/decision-matrix.js';

type Configure = (app: NestFastifyApplication) => void;

let app: NestFastifyApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** The lock of an app with that module. */
async function lockOf(metadata: ModuleMetadata, configure?: Configure): Promise<string[]> {
  app = await startGuarded({ ...metadata, imports: [Bound, ...(metadata.imports ?? [])] }, configure);
  return accessCatalogue.renderLock(app.get(accessCatalogue.AccessCatalogue).entries).trim().split('\n');
}

async function mistakesOf(metadata: ModuleMetadata): Promise<readonly string[]> {
  const failure = await startGuarded(metadata).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(accessCatalogue.AccessDeclarationError);
  return (failure as InstanceType<typeof accessCatalogue.AccessDeclarationError>).mistakes;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';

/** The status that each caller of the matrix is answered with. */
async function statuses(method: Method, url: string, headers = {}): Promise<number[]> {
  const ask = (caller: string) => app!.inject({ method, url, headers: { 'x-caller': caller, ...headers } });
  return Promise.all(['nobody', 'plain', 'late'].map(async (caller) => (await ask(caller)).statusCode));
}

/** Reached by whoever has the role admin. */
const ADMINS = [401, 403, 200];

function AdminOnly(path: string): MethodDecorator {
  return applyDecorators(Get(path), Roles('admin'), StepUp({ maxAge: '1h' }));
}

@Controller(['reports', 'archive'])
@Roles('admin')
class ReportsController {
  @Get(['', 'all'])
  list(): string {
    return 'list';
  }

  @Get('sample')
  @Public()
  sample(): string {
    return 'sample';
  }
}

describe('a rule holds on every route of its handler', () => {
  it('several paths of class and handler', async () => {
    expect(await lockOf({ controllers: [ReportsController] })).toEqual([
      'GET /archive bearer roles=admin',
      'GET /archive/all bearer roles=admin',
      'GET /archive/sample public',
      'GET /reports bearer roles=admin',
      'GET /reports/all bearer roles=admin',
      'GET /reports/sample public',
    ]);
    for (const path of ['/archive', '/archive/all', '/reports', '/reports/all'])
      expect(await statuses('GET', path)).toEqual(ADMINS);
    expect(await statuses('GET', '/reports/sample')).toEqual([200, 200, 200]);
  });

  it('a prefix and versions in the path', async () => {
    @Controller({ path: 'v', version: ['1', '2'] })
    @Roles('admin')
    class Versioned {
      @Get()
      get(): string {
        return '';
      }

      @Version('3')
      @Get('own')
      own(): string {
        return '';
      }
    }
    const lock = await lockOf({ controllers: [Versioned] }, (nest) => {
      nest.setGlobalPrefix('api');
      nest.enableVersioning({ type: VersioningType.URI });
    });
    expect(lock).toEqual(['/v1/v', '/v2/v', '/v3/v/own'].map((path) => `GET /api${path} bearer roles=admin`));
    for (const path of ['/api/v1/v', '/api/v2/v', '/api/v3/v/own'])
      expect(await statuses('GET', path)).toEqual(ADMINS);
    expect(await statuses('GET', '/v1/v')).toEqual([404, 404, 404]);
  });

  it('versions that a header chooses: each has a line and a guard of its own', async () => {
    @Controller('h')
    class ByHeader {
      @Version('1')
      @Get()
      @Roles('admin')
      first(): string {
        return '';
      }

      @Version('2')
      @Get()
      @Public()
      second(): string {
        return '';
      }
    }
    const lock = await lockOf({ controllers: [ByHeader] }, (nest) =>
      nest.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
    );
    expect(lock).toEqual(['GET /h bearer roles=admin', 'GET /h public']);
    expect(await statuses('GET', '/h', { 'x-version': '1' })).toEqual(ADMINS);
    expect(await statuses('GET', '/h', { 'x-version': '2' })).toEqual([200, 200, 200]);
  });

  it('@All(), @Head(), @Options(), and the HEAD that comes with a GET', async () => {
    @Controller()
    @Roles('admin')
    class Every {
      @All('every')
      all(): string {
        return '';
      }

      @Head('head')
      head(): void {}

      @Options('options')
      options(): string {
        return '';
      }

      @Get('get')
      get(): string {
        return '';
      }
    }
    expect(await lockOf({ controllers: [Every] })).toEqual([
      'ALL /every bearer roles=admin',
      'GET /get bearer roles=admin',
      'HEAD /head bearer roles=admin',
      'OPTIONS /options bearer roles=admin',
    ]);
    const methods: Method[] = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'];
    for (const method of methods) {
      expect([method, await statuses(method, '/every')]).toEqual([method, ADMINS]);
    }
    expect(await statuses('HEAD', '/head')).toEqual(ADMINS);
    expect(await statuses('HEAD', '/get')).toEqual(ADMINS);
    expect(await statuses('OPTIONS', '/options')).toEqual(ADMINS);
    expect(await statuses('OPTIONS', '/get')).toEqual([404, 404, 404]);
  });

  it('dynamic modules', async () => {
    @Module({})
    class Feature {
      static forRoot(): DynamicModule {
        return { module: Feature, controllers: [ReportsController] };
      }
    }
    await lockOf({ imports: [Feature.forRoot()] });
    expect(await statuses('GET', '/reports')).toEqual(ADMINS);
  });

  it('applyDecorators, mixed with decorators of its own level', async () => {
    @Controller('mixed')
    @RequirePermissions('sample:read')
    class Mixed {
      @AdminOnly('a')
      @Roles('staff')
      get(): string {
        return '';
      }
    }
    expect(await lockOf({ controllers: [Mixed] })).toEqual([
      'GET /mixed/a bearer roles=admin roles=staff permissions=sample:read step-up=1h',
    ]);
    expect(await statuses('GET', '/mixed/a')).toEqual(ADMINS);
  });

  it('inheritance: the parent’s and the child’s add up, also on what the child overrides', async () => {
    @Roles('staff')
    abstract class Crud {
      @Get('kept')
      @StepUp({ maxAge: '1h' })
      kept(): string {
        return '';
      }

      @Post('overridden')
      @Public()
      overridden(): string {
        return '';
      }
    }
    @Controller('child')
    @Roles('admin')
    class Child extends Crud {
      @Post('overridden')
      override overridden(): string {
        return '';
      }
    }
    expect(await lockOf({ controllers: [Child] })).toEqual([
      'GET /child/kept bearer roles=admin roles=staff step-up=1h',
      'POST /child/overridden bearer roles=admin roles=staff',
    ]);
    expect(await statuses('GET', '/child/kept')).toEqual(ADMINS);
    expect(await statuses('POST', '/child/overridden')).toEqual([401, 403, 201]);
  });
});

@Injectable({ scope: Scope.REQUEST })
class PerRequest implements AccessPolicy {
  allows(): boolean {
    return true;
  }
}
@Injectable()
class NoPolicy {}

@Global()
@Module({ providers: [{ provide: Authenticator, useValue: {} }], exports: [Authenticator] })
class WithoutClients {}

describe('the app does not start where', () => {
  it('@CurrentUser(), @Refusal() or @CurrentClient() would find nothing: all at once', async () => {
    @Controller()
    class Misreading {
      @Get('a')
      @Public()
      a(@CurrentUser() _caller: unknown): void {}

      @Get('b')
      @ClientRequired()
      b(@CurrentUser() _caller: unknown): void {}

      @Get('c')
      @AuthRequired()
      c(@CurrentUser() _caller: unknown, @Refusal() _refusal: unknown): void {}

      @Get('d')
      @AuthOptional()
      d(@CurrentUser() _caller: unknown, @Refusal() _refusal: unknown): void {}

      @Get('e')
      @AuthRequired()
      e(@CurrentClient() _client: unknown): void {}

      @Get('f')
      @ClientRequired()
      f(@CurrentClient() _client: unknown): void {}
    }
    expect(await mistakesOf({ imports: [Bound], controllers: [Misreading] })).toEqual([
      expect.stringContaining('GET /a (Misreading.a): @CurrentUser() finds nothing to read'),
      expect.stringContaining('GET /b (Misreading.b): @CurrentUser() finds nothing to read'),
      expect.stringContaining('GET /c (Misreading.c): @Refusal() finds nothing to read'),
      expect.stringContaining('GET /e (Misreading.e): @CurrentClient() finds nothing to read'),
    ]);
  });

  it('a route asks for a client and no module knows clients', async () => {
    @Controller()
    class ForClients {
      @Get('clients')
      @ClientRequired()
      get(): void {}
    }
    expect(await mistakesOf({ imports: [WithoutClients], controllers: [ForClients] })).toEqual([
      'GET /clients (ForClients.get): no module binds ClientAuthenticator.',
    ]);
  });

  it('a policy is provided nowhere, is made anew for each request, or is none', async () => {
    class Nowhere extends PerRequest {}
    @Controller()
    @Policy(Nowhere)
    @Policy(PerRequest)
    @Policy(NoPolicy as never)
    class Odd {
      @Get('odd')
      get(): void {}
    }
    const providers = [PerRequest, NoPolicy];
    expect(await mistakesOf({ imports: [Bound], controllers: [Odd], providers })).toEqual([
      'GET /odd (Odd.get): no module provides the policy Nowhere as a singleton.',
      'GET /odd (Odd.get): no module provides the policy PerRequest as a singleton.',
      'GET /odd (Odd.get): NoPolicy has no method allows().',
    ]);
  });
});
