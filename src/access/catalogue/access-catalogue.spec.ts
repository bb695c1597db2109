import {
  All,
  Controller,
  Delete,
  Get,
  Global,
  Head,
  Module,
  Patch,
  Post,
  Scope,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { AccessModule, Authenticator, AuthOptional, AuthRequired, Public } from '../index.js';
import { AccessCatalogue, AccessDeclarationError, type AccessDeclared } from './access-catalogue.js';

@Global()
@Module({
  providers: [{ provide: Authenticator, useValue: { authenticate: () => ({ userId: 'u' }) } }],
  exports: [Authenticator],
})
class NobodyAsks {}

interface Making {
  readonly controllers?: Type[];
  readonly imports?: (Type | DynamicModule)[];
  readonly declare?: AccessDeclared[];
  readonly configure?: (app: NestFastifyApplication) => void;
}

let app: NestFastifyApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start({ controllers = [], imports = [], declare = [], configure }: Making): Promise<void> {
  const module = await Test.createTestingModule({
    imports: [NobodyAsks, AccessModule.forRoot({ declare }), ...imports],
    controllers,
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  configure?.(app);
  await app.init();
}

async function routesOf(making: Making): Promise<string[]> {
  await start(making);
  return app!
    .get(AccessCatalogue)
    .entries.map(({ method, path, rule }) => `${method} ${path} ${rule.credential}`);
}

async function mistakesOf(making: Making): Promise<readonly string[]> {
  const failure = await start(making).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(AccessDeclarationError);
  return (failure as AccessDeclarationError).mistakes;
}

/** A plugin with one route; plugins load before Nest's router registers the routes of the controllers. */
function serving(method: string, url: string): (made: NestFastifyApplication) => void {
  return (made) => {
    const fastify: FastifyInstance = made.getHttpAdapter().getInstance();
    void fastify.register((scope, _options, done) => {
      scope.route({ method, url, handler: () => url });
      done();
    });
  };
}

@Controller('notes')
@AuthRequired()
class Notes {
  @Get(['', 'all'])
  list(): void {}

  @Get(':id')
  @Public()
  read(): void {}

  @Post()
  add(): void {}
}

class Shut {
  @Get('shut')
  @AuthRequired()
  shut(): void {}
}

describe('the catalogue scans', () => {
  it('several paths a handler, each with the rule of the handler', async () => {
    expect(await routesOf({ controllers: [Notes] })).toEqual([
      'GET /notes bearer',
      'POST /notes bearer',
      'GET /notes/:id public',
      'GET /notes/all bearer',
    ]);
  });

  it('several paths a controller', async () => {
    @Controller(['a', '/b/'])
    @AuthOptional()
    class Twice {
      @Get('x')
      x(): void {}
    }
    expect(await routesOf({ controllers: [Twice] })).toEqual(['GET /a/x optional', 'GET /b/x optional']);
  });

  it('a global prefix, and what is excluded from it', async () => {
    const configure = (made: NestFastifyApplication) =>
      made.setGlobalPrefix('api', { exclude: ['notes/all'] });
    expect(await routesOf({ controllers: [Notes], configure })).toEqual([
      'GET /api/notes bearer',
      'POST /api/notes bearer',
      'GET /api/notes/:id public',
      'GET /notes/all bearer',
    ]);
  });

  it('versions in the path: of the class, of a handler, and none', async () => {
    @Controller({ path: 'v', version: ['1', '2'] })
    @AuthRequired()
    class Versioned {
      @Get()
      both(): void {}

      @Get('third')
      @Version('3')
      @Public()
      third(): void {}

      @Get('neutral')
      @Version(VERSION_NEUTRAL)
      neutral(): void {}
    }
    const configure = (made: NestFastifyApplication) => made.enableVersioning({ type: VersioningType.URI });
    expect(await routesOf({ controllers: [Versioned], configure })).toEqual([
      'GET /v/neutral bearer',
      'GET /v1/v bearer',
      'GET /v2/v bearer',
      'GET /v3/v/third public',
    ]);
  });

  it('a default version', async () => {
    const configure = (made: NestFastifyApplication) =>
      made.enableVersioning({ type: VersioningType.URI, defaultVersion: '7' });
    expect((await routesOf({ controllers: [Notes], configure }))[0]).toBe('GET /v7/notes bearer');
  });

  it('the path of a module, and dynamic modules', async () => {
    @Module({})
    class Feature {
      static forRoot(): DynamicModule {
        return { module: Feature, controllers: [Notes] };
      }
    }
    const imports = [Feature.forRoot(), RouterModule.register([{ path: 'team', module: Feature }])];
    expect((await routesOf({ imports }))[0]).toBe('GET /team/notes bearer');
  });

  it('@All(), @Head() and the HEAD that comes with a GET', async () => {
    @Controller('every')
    @AuthRequired()
    class Every {
      @All()
      any(): void {}

      @Head('head')
      head(): void {}

      @Get('get')
      get(): void {}
    }
    expect(await routesOf({ controllers: [Every] })).toEqual([
      'ALL /every bearer',
      'GET /every/get bearer',
      'HEAD /every/head bearer',
    ]);
    const answer = await app!.inject({ method: 'HEAD', url: '/every/get' });
    expect(answer.statusCode).toBe(200);
  });

  it('inherited handlers, under each class that serves them with its own rule', async () => {
    abstract class Crud {
      @Get()
      list(): void {}

      @Delete(':id')
      @AuthRequired()
      remove(): void {}
    }
    @Controller('open')
    @Public()
    class Open extends Crud {}
    @Controller('closed')
    @AuthRequired()
    class Closed extends Crud {}
    expect(await routesOf({ controllers: [Open, Closed] })).toEqual([
      'GET /closed bearer',
      'DELETE /closed/:id bearer',
      'GET /open public',
      'DELETE /open/:id bearer',
    ]);
  });

  it('a handler whose function another decorator replaced: what was declared on it is not lost', async () => {
    function Wrapped(): MethodDecorator {
      return (_target, _key, descriptor: PropertyDescriptor): void => {
        descriptor.value = () => 'wrapped';
      };
    }
    abstract class Wrapping {
      @Get()
      @Wrapped()
      @AuthRequired()
      get(): void {}
    }
    @Controller('wrapped')
    @Public()
    class Opened extends Wrapping {
      @Get('own')
      @AuthRequired()
      @Wrapped()
      own(): void {}
    }
    expect(await routesOf({ controllers: [Opened] })).toEqual([
      'GET /wrapped bearer',
      'GET /wrapped/own bearer',
    ]);
  });

  it('a handler that is copied from another class, with what was declared on it', async () => {
    @Controller('copied')
    @Public()
    class Copied {}
    Object.assign(Copied.prototype, { add: Notes.prototype.add, shut: Shut.prototype.shut });
    expect(await routesOf({ controllers: [Copied] })).toEqual([
      'POST /copied public',
      'GET /copied/shut bearer',
    ]);
  });

  it('request-scoped controllers', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    @AuthRequired()
    class Scoped {
      @Get()
      get(): string {
        return 'reached';
      }
    }
    expect(await routesOf({ controllers: [Scoped] })).toEqual(['GET /scoped bearer']);
    expect((await app!.inject('/scoped')).body).toBe('reached');
  });

  it('in an order that depends on neither modules nor locale', async () => {
    @Controller('B')
    @Public()
    class Upper {
      @Get()
      get(): void {}
    }
    @Controller('a')
    @Public()
    class Lower {
      @Post()
      post(): void {}

      @Get()
      get(): void {}
    }
    const order = ['GET /B public', 'GET /a public', 'POST /a public'];
    expect(await routesOf({ controllers: [Lower, Upper] })).toEqual(order);
    await app!.close();
    expect(await routesOf({ controllers: [Upper, Lower] })).toEqual(order);
  });
});

@Controller('silent')
class Silent {
  @Get()
  one(): void {}

  @Post()
  two(): void {}

  @Get('open')
  @Public()
  three(): void {}
}

describe('the app does not start', () => {
  it('with routes that declare nothing: all are named at once, with the remedy', async () => {
    @Controller('also')
    class Also {
      @Patch(':id')
      patch(): void {}
    }
    const mistakes = await mistakesOf({ controllers: [Silent, Also] });
    expect(mistakes).toEqual([
      expect.stringContaining('GET /silent (Silent.one) declares no access: add @AuthRequired()'),
      expect.stringContaining('POST /silent (Silent.two) declares no access'),
      expect.stringContaining('PATCH /also/:id (Also.patch) declares no access'),
    ]);
    expect(new AccessDeclarationError(mistakes).message).toContain(`  - ${mistakes[2]}`);
  });

  it('with contradictions, named beside what is undeclared', async () => {
    @Controller('odd')
    @AuthRequired()
    class Odd {
      @Get('wider')
      @AuthOptional()
      wider(): void {}

      @Get('both')
      @Public()
      @AuthRequired()
      both(): void {}
    }
    const mistakes = await mistakesOf({ controllers: [Odd, Silent] });
    expect(mistakes).toHaveLength(4);
    expect(mistakes[0]).toContain('GET /odd/wider (Odd.wider): @AuthOptional() would widen');
    expect(mistakes[1]).toContain('GET /odd/both (Odd.both)');
  });

  it('with a subclass that opens what its parent closed', async () => {
    @AuthRequired()
    abstract class Shut {
      @Get()
      list(): void {}
    }
    @Controller('opened')
    @Public()
    class Opened extends Shut {}
    expect(await mistakesOf({ controllers: [Opened] })).toEqual([
      expect.stringContaining('GET /opened (Opened.list): @Public() would widen'),
    ]);
  });

  it.each(['GET', 'DELETE'])(
    'with a %s route that no controller serves, beside the guard',
    async (method) => {
      const configure = serving(method, '/back-door');
      const failure = await start({ controllers: [Notes], configure })
        .then(() => app!.getHttpAdapter().getInstance().ready())
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(failure).toBeInstanceOf(AccessDeclarationError);
      expect((failure as Error).message).toContain(
        `${method} /back-door is served, but no controller declares it`,
      );
    },
  );

  it('with a route that is added once the catalogue is made', async () => {
    await start({ controllers: [Notes] });
    const fastify: FastifyInstance = app!.getHttpAdapter().getInstance();
    expect(() => fastify.get('/late', () => 'open')).toThrow(
      'GET /late is served, but no controller declares it',
    );
  });
});

describe('declare', () => {
  it('by class: the controller of another package, guarded like any other', async () => {
    const declare: AccessDeclared[] = [{ controller: Silent, credential: 'bearer' }];
    expect(await routesOf({ controllers: [Silent], declare })).toEqual([
      'GET /silent bearer',
      'POST /silent bearer',
      'GET /silent/open public',
    ]);
  });

  it('by class cannot open what the class itself closes', async () => {
    const declare: AccessDeclared[] = [{ controller: Notes, credential: 'public' }];
    expect((await routesOf({ controllers: [Notes], declare }))[0]).toBe('GET /notes bearer');
  });

  it('by class, twice and differently, is a contradiction', async () => {
    const declare: AccessDeclared[] = [
      { controller: Silent, credential: 'public' },
      { controller: Silent, credential: 'bearer' },
    ];
    expect((await mistakesOf({ controllers: [Silent], declare }))[0]).toContain('contradict each other');
  });

  it('by class says nothing about another class', async () => {
    const declare: AccessDeclared[] = [{ controller: Notes, credential: 'bearer' }];
    expect(await mistakesOf({ controllers: [Silent], declare })).toHaveLength(2);
  });

  it('by path: a route that no controller serves stands in the catalogue without a handler', async () => {
    const declare: AccessDeclared[] = [{ method: 'GET', path: '/assets', credential: 'public' }];
    const configure = serving('GET', '/assets');
    expect(await routesOf({ controllers: [Notes], declare, configure })).toContain('GET /assets public');
    const entry = app!.get(AccessCatalogue).entries.find(({ path }) => path === '/assets');
    expect(entry?.route).toBeUndefined();
    expect((await app!.inject('/assets')).body).toBe('/assets');
  });

  it('by path opens that method alone', async () => {
    const declare: AccessDeclared[] = [{ method: 'GET', path: '/assets', credential: 'public' }];
    await start({ controllers: [Notes], declare, configure: serving('GET', '/assets') });
    const fastify: FastifyInstance = app!.getHttpAdapter().getInstance();
    expect(() => fastify.post('/assets', () => 'open')).toThrow('POST /assets is served');
    expect(() => fastify.get('/assets/other', () => 'open')).toThrow('GET /assets/other is served');
  });

  it('by path does not open the handler of a controller that serves it', async () => {
    const declare: AccessDeclared[] = [{ method: 'GET', path: '/silent', credential: 'public' }];
    expect(await mistakesOf({ controllers: [Silent], declare })).toContainEqual(
      expect.stringContaining('GET /silent (Silent.one) declares no access'),
    );
  });
});

describe('declare by path what nothing serves', () => {
  const declaring = (method: string, path: string): AccessDeclared[] => [
    { method, path, credential: 'public' },
  ];

  it.each([
    ['a typo in the path', 'GET', '/asets'],
    ['another spelling of the path', 'GET', '/assets/'],
    ['another method', 'POST', '/assets'],
    ['a method that none is', 'get', '/assets'],
    ['any method of another path', 'ALL', '/asets'],
  ])('is refused: what is served there later would be open (%s)', async (_, method, path) => {
    const declare = [...declaring('GET', '/assets'), ...declaring(method, path)];
    expect(await mistakesOf({ controllers: [Notes], declare, configure: serving('GET', '/assets') })).toEqual(
      [expect.stringContaining(`${method} ${path} is declared by path, but nothing serves it`)],
    );
  });

  it('is no matter where any method is declared, and one is served', async () => {
    const declare = declaring('ALL', '/assets');
    expect(await routesOf({ declare, configure: serving('PUT', '/assets') })).toEqual(['ALL /assets public']);
  });
});

describe('declare by path what a controller serves', () => {
  it('is refused: the lock would hold two answers to who may reach it', async () => {
    const declare: AccessDeclared[] = [{ method: 'GET', path: '/notes', credential: 'public' }];
    expect(await mistakesOf({ controllers: [Notes], declare })).toEqual([
      'GET /notes is declared by path, but a controller serves it: declare its class.',
    ]);
  });
});

describe('ruleOf', () => {
  it('knows the handler under its own class only', async () => {
    await start({ controllers: [Notes] });
    const catalogue = app!.get(AccessCatalogue);
    const { list, read } = Notes.prototype;
    expect(catalogue.ruleOf(Notes, list)).toEqual({ credential: 'bearer' });
    expect(catalogue.ruleOf(Notes, read)).toEqual({ credential: 'public' });
    expect(catalogue.ruleOf(Silent, read)).toBeUndefined();
    expect(catalogue.ruleOf(Notes, () => undefined)).toBeUndefined();
    expect(catalogue.ruleOf(undefined, undefined)).toBeUndefined();
  });
});
