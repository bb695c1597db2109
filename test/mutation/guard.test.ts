import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ApplicationConfig } from '@nestjs/core';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Problem } from '../../src/platform/problem/index.js';
import { ask, CELLS, MatrixController, startMatrix } from '../support/decision-matrix.js';
import { mutantsOf } from './mutants.js';

const ACCESS = new URL('../../dist/access/', import.meta.url);

/** What no test can see, with the reason. */
const SURVIVORS: Record<string, string> = {};

const app = await startMatrix();
const guard = app.get(ApplicationConfig).getGlobalGuards()[0] as CanActivate;
const PARTS: Record<string, object> = {
  'access.guard.js': guard,
  'access.decision.js': (guard as unknown as { decision: object }).decision,
};
const originals = new Map(Object.values(PARTS).map((part) => [part, Object.getPrototypeOf(part) as object]));
const written: URL[] = [];

afterEach(() => originals.forEach((prototype, part) => void Object.setPrototypeOf(part, prototype)));
afterAll(async () => {
  written.forEach((file) => rmSync(file, { force: true }));
  await app.close();
});

/** Whether the matrix, or what no rule speaks of, shows that the guard is another one. */
async function isCaught(): Promise<boolean> {
  for (const cell of CELLS) if ((await ask(app, cell)) !== cell.expected) return true;
  const open = ['rpc', 'ws', ''].map((type) => contextOf(type, MatrixController, PUBLIC));
  const unknown = [contextOf('http', Object, PUBLIC), contextOf('http', Nonsense, PUBLIC)];
  return ![...open, ...unknown].every(refuses);
}

const PUBLIC = (MatrixController.prototype as unknown as Record<string, () => void>)['public'];
/** Stands in the catalogue with a credential that nobody knows. */
class Nonsense {}
const rules = (guard as unknown as { catalogue: { rules: Map<unknown, Map<unknown, object>> } }).catalogue
  .rules;
rules.set(Nonsense, new Map([[PUBLIC, { credential: 'nonsense' }]]));

function contextOf(type: string, controller: unknown, handler: unknown): ExecutionContext {
  const context = { getType: () => type, getClass: () => controller, getHandler: () => handler };
  return context as unknown as ExecutionContext;
}

function refuses(context: ExecutionContext): boolean {
  try {
    void guard.canActivate(context);
    return false;
  } catch (error) {
    return error instanceof Problem && error.definition.code === 'forbidden';
  }
}

/** Puts the methods of the changed program in the place of the app's own. */
async function install(file: string, text: string, nth: number): Promise<void> {
  const url = new URL(`mutant-${process.pid}-${nth}-${file}`, ACCESS);
  written.push(url);
  writeFileSync(url, text);
  const [mutated] = Object.values((await import(url.pathname)) as Record<string, { prototype: object }>);
  Object.setPrototypeOf(PARTS[file]!, mutated!.prototype);
}

it('the guard as it is passes', async () => {
  expect(await isCaught()).toBe(false);
});

describe.each(Object.keys(PARTS))('%s', (file) => {
  const mutants = mutantsOf(readFileSync(new URL(file, ACCESS), 'utf8'));

  it('is changed in many ways', () => {
    expect(mutants.length).toBeGreaterThan(20);
  });

  it.each(mutants.map(({ name, text }, nth) => [name, text, nth] as const))('%s', async (name, text, nth) => {
    await install(file, text, nth);
    expect(await isCaught()).toBe(!(name in SURVIVORS));
  });
});
