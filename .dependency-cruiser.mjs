import { existsSync, readdirSync } from 'node:fs';

/**
 * Who may import whom. `test/architecture/imports.test.ts` breaks every rule once, so that a rule which
 * matches nothing is noticed.
 */

/** The modules by rank, lowest first: a module imports only from lines above its own. */
export const RANKS = [
  ['platform'],
  ['access'],
  ['keys', 'mail'],
  ['roles'],
  ['users'],
  ['passwords', 'clients'],
  ['sessions'],
  ['tokens'],
  ['auth', 'oauth'],
  ['protected', 'notes', 'admin', 'audit', 'testing'],
];

// A folder that no line names is a feature module, like those of the last line: it needs no entry here.
const SOURCES = 'src'; // it is run where the sources are
const named = new Set(RANKS.flat());
RANKS.at(-1).push(
  ...(existsSync(SOURCES) ? readdirSync(SOURCES, { withFileTypes: true }) : [])
    .filter((entry) => entry.isDirectory() && !named.has(entry.name))
    .map(({ name }) => name),
);

const MODULES = RANKS.flat().join('|');
const SPEC = '\\.spec\\.ts$';

/** A package, resolved or not, with or without its separate types. */
const packages = (...names) => `(?:^|(?:^|/)node_modules/(?:@types/)?)(?:${names.join('|')})(?:/|$)`;

const ranks = RANKS.map((modules, rank) => {
  const higher = RANKS.slice(rank + 1).flat();
  const above = [...higher.map((name) => `^src/${name}/`), '^src/[^/]+\\.ts$'];
  return {
    name: `rank-${rank}`,
    comment:
      `Rank ${rank} (${modules.join(', ')}) imports only lower ranks. What must flow upwards is an event ` +
      'published inside the transaction, or a port: an abstract class here that the higher module binds.',
    severity: 'error',
    from: { path: `^src/(${modules.join('|')})/` },
    to: {
      path: [...modules.map((name) => `^src/${name}/`), ...above],
      pathNot: '^src/$1/',
    },
  };
});

const doors = [
  {
    name: 'door-of-a-module',
    comment:
      "Import another module through its index.ts; if what you need is not there, it is the module's own " +
      'affair, or its door wants one more export.',
    severity: 'error',
    from: { path: '^src/([^/]+)(?:/|\\.ts$)' },
    to: { path: '^src/(?!platform/)[^/]+/', pathNot: ['^src/[^/]+/index\\.ts$', '^src/$1/'] },
  },
  {
    name: 'door-of-a-platform-folder',
    comment: "Import a folder of the platform through that folder's index.ts.",
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/platform/' },
    to: { path: '^src/platform/', pathNot: '^src/platform/[^/]+/index\\.ts$' },
  },
  {
    name: 'door-between-platform-folders',
    comment: 'The folders of the platform, too, know each other only by their index.ts.',
    severity: 'error',
    from: { path: '^src/platform/([^/]+)/', pathNot: SPEC },
    to: { path: '^src/platform/', pathNot: ['^src/platform/[^/]+/index\\.ts$', '^src/platform/$1/'] },
  },
  {
    name: 'door-for-tests',
    comment:
      'Tests of the whole app see what a module shows: its index.ts, or the files on top of src. A test ' +
      'of an inner file is a *.spec.ts beside that file.',
    severity: 'error',
    // The cuts of a transaction, and the files of the embedded database, show only from within.
    from: { path: '^(?:test|bench)/', pathNot: '^test/process/storage/' },
    to: { path: '^src/[^/]+/', pathNot: '/index\\.ts$' },
  },
  {
    name: 'audit-only-listens',
    comment: 'Nobody imports audit: publish an event, and audit hears it.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/audit/', '^src/(?:app\\.module|cli|audit-commands)\\.ts$'] },
    to: { path: '^src/audit/' },
  },
  {
    name: 'testing-only-in-tests',
    comment: 'The test kit signs in as anybody: only tests import it, and nothing of the service.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/testing/' },
    to: { path: '^src/testing/' },
  },
  {
    name: 'product-without-tests',
    comment: 'src does not know its tests: what both need belongs into src.',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(?:test|bench|scripts)/' },
  },
];

const layers = [
  {
    name: 'dto-only-in-controllers',
    comment:
      'Nothing but controllers, and commands as those of the command line, knows DTOs: hand a domain type or plain arguments to the service, and let ' +
      'the controller translate.',
    severity: 'error',
    from: {
      path: '^src/',
      pathNot: ['\\.(?:controller|command)(?:\\.spec)?\\.ts$', '\\.dto(?:\\.spec)?\\.ts$', '/index\\.ts$'],
    },
    to: { path: '\\.dto\\.ts$' },
  },
  {
    name: 'repository-only-in-services',
    comment: "Ask the module's service; a repository holds SQL and no decisions, and only services decide.",
    severity: 'error',
    from: { path: '^src/', pathNot: ['\\.service\\.ts$', '\\.module\\.ts$', SPEC] },
    to: { path: '\\.repository\\.ts$' },
  },
  {
    name: 'table-only-in-repositories',
    comment: 'Put the statement into the *.repository.ts and call that from the service.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['\\.repository\\.ts$', '\\.table\\.ts$', '/index\\.ts$', SPEC] },
    to: { path: '\\.table\\.ts$' },
  },
  {
    name: 'controllers-without-database',
    comment: 'controller → service → repository → table: a controller asks its service.',
    severity: 'error',
    from: { path: '\\.controller\\.ts$' },
    to: { path: '^src/platform/database/' },
  },
];

/** A library that has one home. */
const onlyIn = (name, libraries, homes, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: homes },
  to: { path: libraries },
});

const libraries = [
  onlyIn(
    'jose-only-in-keys-and-tokens',
    packages('jsonwebtoken', '@nestjs/jwt', 'jose'),
    '^src/(?:keys|tokens)/',
    'Sign and verify through the doors of keys and tokens, where header, key and claims are all checked.',
  ),
  onlyIn(
    'passport-only-in-auth',
    packages('passport', 'passport-[^/]+', '@nestjs/passport'),
    '^src/auth/',
    'Protect a route with the decorators of access; passport is behind its port Authenticator, in auth.',
  ),
  onlyIn(
    'hashing-only-in-passwords',
    packages('@node-rs/argon2', 'argon2', 'bcrypt', 'bcryptjs'),
    '^src/passwords/',
    'Check and set passwords through the door of passwords.',
  ),
  onlyIn(
    'sql-only-in-repositories',
    packages('drizzle-orm', 'pg', '@electric-sql/[^/]+'),
    ['\\.repository\\.ts$', '\\.table\\.ts$', '^src/platform/database/', SPEC],
    'SQL lives in *.repository.ts, tables in *.table.ts; take the type of a transaction from platform/database.',
  ),
  onlyIn(
    'redis-only-in-limits',
    packages('ioredis'),
    '^src/platform/limits/',
    'Redis holds what may be forgotten and nothing else: ask for a limit through platform/limits.',
  ),
  onlyIn(
    'nest-internals-only-in-access',
    'node_modules/@nestjs/(?:core|common)/(?!index\\.(?:js|d\\.ts)$)',
    '^src/access/',
    'Import from @nestjs/core and @nestjs/common themselves; what reads their inside is kept together in access.',
  ),
  {
    name: 'no-development-packages',
    comment: 'A package that src needs at run time belongs under dependencies in package.json.',
    severity: 'error',
    from: { path: '^src/', pathNot: SPEC },
    to: {
      dependencyTypes: ['npm-dev'],
      dependencyTypesNot: ['npm', 'type-only'],
      pathNot: 'node_modules/@types/',
    },
  },
];

const health = [
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one file, or want a third below both; modules want a port.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-unknown-imports',
    comment: 'The import leads nowhere: is the package in package.json, does the path end in .js?',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  // Workers and child processes are started by their URL, which no import shows.
  {
    name: 'no-dead-files',
    comment:
      'Neither the service, the command line, index.ts nor the test kit reaches this file: delete it or use it.',
    severity: 'error',
    from: { path: '^src/(?:main|cli|index|testing/index)\\.ts$' },
    to: {
      path: '^src/',
      pathNot: [SPEC, '^src/(?:main|cli|index|testing/index)\\.ts$', '\\.(?:worker|make|d)\\.ts$'],
      reachable: false,
    },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...ranks, ...doors, ...layers, ...libraries, ...health],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The peers of the benchmark have packages of their own, which are not there until they are measured.
    exclude: { path: '^(?:dist|bench/peers)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
