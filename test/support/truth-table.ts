import { readFileSync } from 'node:fs';
import { Controller, Get, Global, Injectable, Module, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  accessCatalogue,
  AccessModule,
  Authenticator,
  AuthOptional,
  AuthRequired,
  ClientAuthenticator,
  ClientRequired,
  definePermissions,
  Policy,
  Public,
  RequirePermissions,
  Roles,
  StepUp,
  type AccessPolicy,
  type Defined,
} from '../../src/access/index.js';

export const SAMPLE_PERMISSIONS = definePermissions('sample:read', 'sample:write');
declare global {
  interface PermissionCatalogue extends Defined<typeof SAMPLE_PERMISSIONS> {}
}

/** One decorator as the table writes it: `@Roles(admin, staff)`. */
export interface Said {
  readonly name: string;
  readonly values: readonly string[];
}

/** One row of the table in `docs/access-rules.md`. */
export interface Row {
  readonly line: string;
  readonly declare: string;
  /** Inherited class, class, handler; what stands on each, from the top down. */
  readonly levels: readonly (readonly Said[])[];
  /** As `access.lock` spells it, or `refused: ` and why. */
  readonly rule: string;
}

export function truthTable(): Row[] {
  const text = readFileSync(new URL('../../docs/access-rules.md', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith('|') && !/^\| (declare|-)/.test(line));
  return lines.map((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    const [, declare = '', inherited, onClass, onHandler, rule = ''] = cells;
    return { line, declare, levels: [inherited, onClass, onHandler].map(read), rule };
  });
}

function read(cell = ''): Said[] {
  return [...cell.matchAll(/@(\w+)(?:\(([^)]*)\))?/g)].map(([, name = '', values = '']) => ({
    name,
    values: values.split(',').map((value) => value.trim()).filter(Boolean), // prettier-ignore
  }));
}

class Owns implements AccessPolicy {
  allows(): boolean {
    return true;
  }
}
class Fresh extends Owns {}
class OwnsReport extends Owns {}
class Stray extends Owns {}
for (const policy of [Owns, Fresh, OwnsReport, Stray]) Injectable()(policy);
export const POLICIES: Record<string, Type<AccessPolicy>> = { Owns, Fresh, OwnsReport, Stray };

type Level = ClassDecorator & MethodDecorator;

/** Names that no compiler has looked at, as of those who program without one. */
const DECORATORS: Record<string, (...values: never[]) => Level> = {
  Public,
  AuthOptional,
  AuthRequired,
  ClientRequired,
  Roles,
  RequirePermissions,
  StepUp: (...values: string[]) =>
    StepUp(
      Object.assign(
        {},
        ...values.map((value) => ({ [/^\d/.test(value) ? 'maxAge' : 'acr']: value })),
      ) as object,
    ),
  Policy: (name: string) => Policy(POLICIES[name]!),
};

/** The controller of a row, at `/<number>`. */
export function controllerOf({ levels }: Pick<Row, 'levels'>, path: string): Type {
  const [inherited = [], onClass = [], onHandler = []] = levels.map((level) =>
    level.map(({ name, values }) => DECORATORS[name]!(...(values as never[]))).reverse(),
  );
  class Parent {}
  class Sample extends Parent {
    get(): string {
      return 'reached';
    }
  }
  const handler = Object.getOwnPropertyDescriptor(Sample.prototype, 'get')!;
  for (const decorate of [Get(), ...onHandler]) decorate(Sample.prototype, 'get', handler);
  for (const decorate of [Controller(path), ...onClass]) decorate(Sample);
  for (const decorate of inherited) decorate(Parent);
  return Sample;
}

@Global()
@Module({
  providers: [
    { provide: Authenticator, useValue: { authenticate: () => ({}) } },
    { provide: ClientAuthenticator, useValue: { authenticate: () => ({}) } },
    Owns,
    Fresh,
  ],
  exports: [Authenticator, ClientAuthenticator],
})
class Bound {}

/** What the start of one app with the rows says of each: its line in the lock, or the mistakes. */
export async function outcomesOf(rows: readonly Pick<Row, 'declare' | 'levels'>[]): Promise<string[]> {
  const controllers = rows.map((row, at) => controllerOf(row, `${at}`));
  const declare = rows.flatMap(({ declare: credential }, at) =>
    credential === '' ? [] : [{ controller: controllers[at]!, credential: credential as 'bearer' }],
  );
  const started = await start(controllers, declare).then(lockOf, mistakesOf);
  return rows.map((_, at) => {
    const place = new RegExp(`^GET /${at}(?: \\(Sample\\.get\\))?:? (.*)$`);
    const said = started.flatMap((line) => place.exec(line)?.[1] ?? []);
    return said.length > 0 ? said.join('; ') : 'nothing';
  });
}

async function start(controllers: Type[], declare: object[]): Promise<NestFastifyApplication> {
  const imports = [Bound, AccessModule.forRoot({ declare: declare as never })];
  const testing = await Test.createTestingModule({ imports, controllers }).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  try {
    return await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function lockOf(app: NestFastifyApplication): Promise<string[]> {
  const { entries } = app.get(accessCatalogue.AccessCatalogue);
  await app.close();
  return accessCatalogue.renderLock(entries).split('\n');
}

function mistakesOf(error: unknown): string[] {
  if (!(error instanceof accessCatalogue.AccessDeclarationError)) throw error;
  return error.mistakes.map((mistake) => mistake.replace(/^(GET \/\d+ \(Sample\.get\):?) /, '$1 refused: '));
}
