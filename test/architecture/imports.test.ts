import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { ROOT, importRules, report, workspace } from './workspace.js';

/** An import that breaks a rule: the rule's name, the importing file, the file imported. */
type Breach = readonly [rule: string, from: string, imports: string];

const BREACHES: readonly Breach[] = [
  ['rank-0', 'src/platform/http/caller.ts', '../../users/index.js'],
  ['rank-1', 'src/access/eager.ts', '../auth/index.js'],
  ['rank-2', 'src/keys/sideways.ts', '../mail/index.js'],
  ['rank-3', 'src/roles/upwards.ts', '../users/index.js'],
  ['rank-4', 'src/users/upwards.ts', '../passwords/index.js'],
  ['rank-5', 'src/passwords/upwards.ts', '../sessions/index.js'],
  ['rank-6', 'src/sessions/upwards.ts', '../tokens/index.js'],
  ['rank-7', 'src/tokens/upwards.ts', '../auth/index.js'],
  ['rank-8', 'src/oauth/sideways.ts', '../auth/index.js'],
  ['rank-9', 'src/notes/to-the-top.ts', '../app.js'],
  ['door-of-a-module', 'src/auth/through-the-window.ts', '../users/user.js'],
  ['door-of-a-module', 'src/app.ts', './users/user.js'],
  ['door-of-a-platform-folder', 'src/users/through-the-window.ts', '../platform/http/inner.js'],
  ['door-between-platform-folders', 'src/platform/clock/through-the-window.ts', '../http/inner.js'],
  ['door-for-tests', 'test/e2e/deep.test.ts', '../../src/users/user.js'],
  ['rank-9', 'src/billing/sideways.ts', '../protected/index.js'],
  ['audit-only-listens', 'src/app.ts', './audit/index.js'],
  ['testing-only-in-tests', 'src/app.ts', './testing/index.js'],
  ['product-without-tests', 'src/users/tested.ts', '../../test/support/mailbox.js'],
  ['dto-only-in-controllers', 'src/users/users.service.ts', './user.dto.js'],
  ['repository-only-in-services', 'src/users/users.controller.ts', './users.repository.js'],
  ['table-only-in-repositories', 'src/users/users.service.ts', './users.table.js'],
  ['controllers-without-database', 'src/users/users.controller.ts', '../platform/database/index.js'],
  ['jose-only-in-keys-and-tokens', 'src/auth/signs.ts', 'jsonwebtoken'],
  ['jose-only-in-keys-and-tokens', 'src/access/signs.ts', '@nestjs/jwt'],
  ['jose-only-in-keys-and-tokens', 'src/auth/verifies.ts', 'jose'],
  ['passport-only-in-auth', 'src/access/guards.ts', '@nestjs/passport'],
  ['passport-only-in-auth', 'src/tokens/guards.ts', 'passport-jwt'],
  ['hashing-only-in-passwords', 'src/users/hashes.ts', '@node-rs/argon2'],
  ['sql-only-in-repositories', 'src/users/user.ts', 'drizzle-orm/pg-core'],
  ['sql-only-in-repositories', 'src/users/users.service.ts', 'pg'],
  ['redis-only-in-limits', 'src/users/users.service.ts', 'ioredis'],
  ['sql-only-in-repositories', 'src/platform/http/stores.ts', '@electric-sql/pglite'],
  ['nest-internals-only-in-access', 'src/users/explores.ts', '@nestjs/core/router/paths-explorer'],
  ['no-development-packages', 'src/keys/tests.ts', 'jose'],
  ['no-cycles', 'src/users/hen.ts', './egg.js'],
  ['no-unknown-imports', 'src/users/lost.ts', './nowhere.js'],
];

/** Imports of the same kind that the rules allow: a rule that forbids everything proves nothing. */
const ALLOWED: readonly (readonly [from: string, imports: string])[] = [
  ['src/auth/auth.service.ts', '../users/index.js'],
  ['src/auth/auth.service.ts', '../platform/clock/index.js'],
  ['src/auth/jwt.strategy.ts', '@nestjs/passport'],
  ['src/auth/auth.controller.ts', './auth.dto.js'],
  ['src/auth/sign-up.command.ts', './auth.dto.js'],
  ['src/tokens/tokens.service.ts', '@nestjs/jwt'],
  ['src/passwords/hasher.ts', '@node-rs/argon2'],
  ['src/sessions/sessions.service.ts', './sessions.repository.js'],
  ['src/sessions/sessions.repository.ts', './sessions.table.js'],
  ['src/sessions/sessions.repository.ts', 'drizzle-orm'],
  ['src/platform/database/pool.ts', 'pg'],
  ['src/platform/http/index.ts', './inner.js'],
  ['src/access/scan.ts', '@nestjs/core/router/paths-explorer'],
  ['src/access/scan.ts', '@nestjs/core'],
  ['src/app.module.ts', './audit/index.js'],
  ['src/main.ts', './app.module.js'],
  ['test/e2e/allowed.test.ts', '../../src/users/index.js'],
];

const TARGETS = [
  ...[
    'users',
    'auth',
    'mail',
    'passwords',
    'sessions',
    'tokens',
    'audit',
    'billing',
    'protected',
    'testing',
  ].map((m) => `src/${m}/index.ts`),
  ...['http', 'clock', 'database'].map((folder) => `src/platform/${folder}/index.ts`),
  ...['user.ts', 'user.dto.ts', 'users.repository.ts', 'users.table.ts'].map((name) => `src/users/${name}`),
  ...['src/platform/http/inner.ts', 'src/auth/auth.dto.ts', 'src/app.ts', 'src/app.module.ts'],
  ...['src/sessions/sessions.repository.ts', 'src/sessions/sessions.table.ts', 'test/support/mailbox.ts'],
  'src/platform/database/store.worker.ts',
];

interface Cruise {
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  modules: { source: string; dependencies: { module: string; rules?: { name: string }[] }[] }[];
}

function project(): Record<string, string> {
  const files: Record<string, string> = Object.fromEntries(TARGETS.map((path) => [path, 'export {};\n']));
  const imports = [...BREACHES.map(([, from, to]) => [from, to] as const), ...ALLOWED];
  imports.push(['src/users/egg.ts', './hen.js']);
  for (const [from, to] of imports) files[from] = `${files[from] ?? ''}import '${to}';\n`;
  return files;
}

describe('import rules', () => {
  let cruise: Cruise;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const place = await workspace(project());
    remove = place.remove;
    const config = resolve(ROOT, '.dependency-cruiser.mjs');
    const args = ['--no-progress', '--config', config, '--output-type', 'json', 'src', 'test'];
    cruise = JSON.parse(
      await report(place.dir, 'dependency-cruiser/bin/dependency-cruise.mjs', args),
    ) as Cruise;
  }, 30_000);

  afterAll(() => remove());

  function brokenBy(from: string, imports: string): string[] {
    const dependency = cruise.modules
      .find(({ source }) => source === from)
      ?.dependencies.find(({ module }) => module === imports);
    if (!dependency) throw new Error(`${from} does not import ${imports}`);
    return (dependency.rules ?? []).map(({ name }) => name);
  }

  it.each(BREACHES)('%s refuses %s → %s', (rule, from, imports) => {
    expect(brokenBy(from, imports)).toContain(rule);
  });

  it.each(ALLOWED)('%s → %s is allowed', (from, imports) => {
    expect(brokenBy(from, imports)).toEqual([]);
  });

  it('finds files that nothing reaches, and only those', () => {
    const dead = cruise.summary.violations
      .filter(({ rule }) => rule.name === 'no-dead-files')
      .map(({ to }) => to);
    expect(dead).toContain('src/users/hen.ts');
    expect(dead).not.toContain('src/audit/index.ts');
    expect(dead).not.toContain('src/platform/database/store.worker.ts');
  });

  it('breaks every rule there is', async () => {
    expect((await importRules()).names.sort()).toEqual(
      [...new Set([...BREACHES.map(([rule]) => rule), 'no-dead-files'])].sort(),
    );
  });
});
