import { Controller, Get, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it } from '@jest/globals';
import {
  accessCatalogue,
  AuthOptional,
  AuthRequired,
  CurrentUser,
  Public,
  type Principal,
} from '../../src/access/index.js';
import { aSignedInUser } from '../builders/users.js';
import { assemble, configurationOf, startApp, type AppOptions } from '../support/app.js';
import { FrozenClock } from '../support/frozen-clock.js';

type Level = ClassDecorator & MethodDecorator;

/** A feature module as a team would write one, with these decorators on class and handler. */
function feature(onClass: Level[], onHandler: Level[], parent: Type = class {}, path = 'sample'): Type {
  class SampleController extends parent {
    greet(): string {
      return 'hello';
    }
  }
  const handler = Object.getOwnPropertyDescriptor(SampleController.prototype, 'greet')!;
  for (const decorate of [Get('greeting'), ...onHandler])
    decorate(SampleController.prototype, 'greet', handler);
  for (const decorate of [Controller(path), ...onClass]) decorate(SampleController);
  class SampleModule {}
  Module({ controllers: [SampleController] })(SampleModule);
  return SampleModule;
}

/** What the start of an app with that module says; the rule of its route where it starts. */
async function starting(options: AppOptions): Promise<string> {
  const configuration = configurationOf({ dataDir: '/nonexistent', databaseUrl: undefined });
  let app: NestFastifyApplication | undefined;
  try {
    app = await assemble(configuration, new FrozenClock(), options);
    const { entries } = app.get(accessCatalogue.AccessCatalogue);
    return entries.find(({ path }) => path === '/sample/greeting')?.rule.credential ?? 'absent';
  } catch (error) {
    expect((error as Error).name).toBe('AccessDeclarationError');
    return (error as Error).message;
  } finally {
    await app?.close();
  }
}

const [required, optional, open] = [AuthRequired(), AuthOptional(), Public()];

describe('the start fails', () => {
  it('where a route declares nothing, naming it and the remedy', async () => {
    const message = await starting({ modules: [feature([], [])] });
    expect(message).toContain('GET /sample/greeting (SampleController.greet) declares no access');
    expect(message).toContain('@AuthRequired()');
  });

  it.each([
    [
      'a route',
      (nest: NestFastifyApplication) =>
        nest
          .getHttpAdapter()
          .getInstance()
          .get('/raw', () => 'x'),
      'GET /raw',
    ],
    [
      'a route of a plugin with a prefix',
      (nest: NestFastifyApplication) =>
        nest
          .getHttpAdapter()
          .getInstance()
          .register(
            (instance, _, done) => {
              instance.post('/plugin', () => 'x');
              done();
            },
            { prefix: '/deep' },
          ),
      'POST /deep/plugin',
    ],
  ])('where %s is served that no controller declares, naming it', async (_, add, route) => {
    const message = await starting({ prepare: (nest) => void add(nest) });
    expect(message).toContain(`${route} is served, but no controller declares it`);
  });

  it('and names every mistake at once', async () => {
    const message = await starting({
      modules: [feature([], []), feature([required], [optional], undefined, 'other')],
    });
    expect(message).toMatch(/declares no access/);
    expect(message).toMatch(/would widen/);
  });
});

describe('class and handler', () => {
  it.each<[string, Level[], Level[], string | RegExp]>([
    ['the class alone', [required], [], 'bearer'],
    ['the handler alone', [], [required], 'bearer'],
    ['both alike', [required], [required], 'bearer'],
    ['Public on a handler of an AuthRequired class', [required], [open], 'public'],
    ['Public on a handler of an AuthOptional class', [optional], [open], 'public'],
    ['AuthRequired narrows a Public class', [open], [required], 'bearer'],
    ['AuthOptional narrows a Public class', [open], [optional], 'optional'],
    ['AuthRequired narrows an AuthOptional class', [optional], [required], 'bearer'],
    [
      'AuthOptional would widen an AuthRequired class',
      [required],
      [optional],
      /@AuthOptional\(\) would widen/,
    ],
    ['two on one handler', [], [required, open], /same level and contradict/],
    ['two on one class', [required, optional], [], /same level and contradict/],
    ['two on a class, Public on the handler', [required, optional], [open], /same level and contradict/],
  ])('%s', async (_, onClass, onHandler, expected) => {
    const outcome = await starting({ modules: [feature(onClass, onHandler)] });
    if (typeof expected === 'string') expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
  });

  it.each<[string, Level, Level[], string | RegExp]>([
    ['is inherited', required, [], 'bearer'],
    ['is narrowed by the class below it', open, [required], 'bearer'],
    ['is not widened by the class below it, not even by Public', required, [open], /would widen/],
  ])('what an inherited class declares %s', async (_, onParent, onClass, expected) => {
    class Parent {}
    onParent(Parent);
    const outcome = await starting({ modules: [feature(onClass, [], Parent)] });
    if (typeof expected === 'string') expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
  });
});

@Controller('mine')
@AuthRequired()
class MineController {
  @Get('secret')
  secret(@CurrentUser() caller: Principal): { caller: string } {
    return { caller: caller.userId };
  }

  @Get('open')
  @Public()
  open(): { hello: string } {
    return { hello: 'all' };
  }
}

@Module({ controllers: [MineController] })
class MineModule {}

describe('a controller of one’s own', () => {
  it('is guarded as it declares', async () => {
    const app = await startApp({ modules: [MineModule] });
    const { id, tokens } = await aSignedInUser(app);
    const read = async (path: string, token?: string) => {
      const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
      // The committed document does not know these routes: asked past its check.
      const answer = await fetch(`${app.http.origin}/mine/${path}`, { headers });
      return [answer.status, await answer.json()];
    };
    expect(await read('open')).toEqual([200, { hello: 'all' }]);
    expect(await read('secret')).toMatchObject([401, { code: 'unauthenticated' }]);
    expect(await read('secret', 'a.b.c')).toMatchObject([401, { code: 'invalid_token' }]);
    expect(await read('secret', tokens.access_token)).toEqual([200, { caller: id }]);
  });
});
