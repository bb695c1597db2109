import { readFileSync } from 'node:fs';
import type { Type } from '@nestjs/common';
import { afterAll, describe, expect, it } from '@jest/globals';
import { accessCatalogue, AccessModule } from '../../src/access/index.js';
import { createApp } from '../../src/app.js';
import { configurationOf } from '../support/app.js';
import { withoutOne, withOneWeaker } from './weaker.js';

const { AccessCatalogue, AccessDeclarationError, ACCESS_DECLARED, renderLock } = accessCatalogue;
const LOCK = readFileSync(new URL('../../access.lock', import.meta.url), 'utf8');
const KEY = 'sumun:access';

interface Declaration {
  readonly decorator: string;
  readonly credential: string;
  readonly roles?: string[];
  readonly permissions?: string[];
  readonly stepUp?: { maxAge?: number; acr?: string };
}

/** Where declarations stand: a class, or a handler under both of its names. */
interface Level {
  readonly name: string;
  readonly holders: readonly (readonly [object, string?])[];
}

const app = await createApp(configurationOf({ dataDir: '/nonexistent', databaseUrl: undefined }));
afterAll(() => app.close());
const catalogue = app.get(AccessCatalogue);
const declared = app.get<unknown[]>(ACCESS_DECLARED);
const rules = rulesNow();

function rulesNow(): string {
  return JSON.stringify(catalogue.entries.map(({ method, path, rule }) => [method, path, rule]));
}

function levelsOfApp(): Level[] {
  const levels = new Map<string, Level>();
  for (const { route } of catalogue.entries) {
    if (!route) continue;
    const { controller, handler, methodName } = route;
    const prototype = ownerOf(controller, methodName);
    const ofHandler = {
      name: `${controller.name}.${methodName}`,
      holders: [[handler], [prototype, methodName]],
    };
    levels.set(ofHandler.name, ofHandler as unknown as Level);
    for (let one = controller; one.prototype; one = Object.getPrototypeOf(one) as Type)
      levels.set(one.name, { name: one.name, holders: [[one]] });
  }
  return [...levels.values()].filter((level) => declarationsOn(level).length > 0);
}

function ownerOf(controller: Type, methodName: string): object {
  let owner = controller.prototype as object;
  while (!Object.hasOwn(owner, methodName)) owner = Object.getPrototypeOf(owner) as object;
  return owner;
}

function declarationsOn({ holders }: Level): Declaration[] {
  const [[holder, member]] = holders as [[object, string]];
  return (Reflect.getOwnMetadata(KEY, holder, member) as Declaration[] | undefined) ?? [];
}

function declare({ holders }: Level, declarations: Declaration[]): void {
  for (const [holder, member] of holders) Reflect.defineMetadata(KEY, declarations, holder, member!);
}

function weaker(declaration: Declaration): Declaration[] {
  const { credential, roles, permissions, stepUp } = declaration;
  const { maxAge, acr } = stepUp ?? {};
  if (roles) return [{ ...declaration, roles: [...roles, 'anybody'] }];
  if (permissions) return withoutOne(permissions).map((fewer) => ({ ...declaration, permissions: fewer }));
  if (stepUp) {
    return [
      ...(maxAge ? [{ ...declaration, stepUp: { ...stepUp, maxAge: maxAge * 2 } }] : []),
      ...(acr === 'aal2' ? [{ ...declaration, stepUp: { ...stepUp, acr: 'aal1' } }] : []),
    ];
  }
  const less = { bearer: ['optional', 'public'], client: ['public'], optional: ['public'] }[credential] ?? [];
  return declaration.decorator === 'Policy' ? [] : less.map((one) => ({ ...declaration, credential: one }));
}

type Outcome = 'the start' | 'the lock' | 'nobody, for another declaration says the same' | 'NOBODY';

function outcome(): Outcome {
  try {
    app.get(AccessModule).onApplicationBootstrap();
  } catch (error) {
    if (error instanceof AccessDeclarationError) return 'the start';
    throw error;
  }
  if (renderLock(catalogue.entries) !== LOCK) return 'the lock';
  return rulesNow() === rules ? 'nobody, for another declaration says the same' : 'NOBODY';
}

/** Each declaration of the app's own controllers left out or weakened, and who notices. */
function mutations(): [string, Outcome][] {
  return levelsOfApp().flatMap((level) => {
    const written = declarationsOn(level);
    const changed = [...withoutOne(written), ...withOneWeaker(written, weaker)];
    return changed.map((declarations): [string, Outcome] => {
      declare(level, declarations);
      const noticed = outcome();
      declare(level, written);
      const says = (list: Declaration[]) =>
        JSON.stringify(list.map(({ decorator, ...rest }) => [decorator, rest]));
      return [`${level.name}: ${says(written)} → ${says(declarations)}`, noticed];
    });
  });
}

/** What `AccessModule.forRoot({ declare })` says left out, and who notices. */
function undeclared(): [string, Outcome][] {
  return [...declared].map((one, at): [string, Outcome] => {
    declared.splice(at, 1);
    const noticed = outcome();
    declared.splice(at, 0, one);
    const { controller, path } = one as { controller?: Type; path?: string };
    return [`declare ${controller?.name ?? path} → nothing`, noticed];
  });
}

const results = [...mutations(), ...undeclared()];

describe('a declaration that is left out or weakened', () => {
  it('is one of many', () => {
    expect(results.length).toBeGreaterThan(10);
    expect(outcome()).toBe('nobody, for another declaration says the same');
  });

  it.each(results)('%s is noticed by %s', (_, noticed) => {
    expect(noticed).not.toBe('NOBODY');
  });
});
