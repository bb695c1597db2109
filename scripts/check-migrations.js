import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { generateDrizzleJson } from 'drizzle-kit/api';

/**
 * Fails where the built tables are no longer those of the newest migration. `drizzle-kit generate` would
 * ask questions about renamed columns and write files; comparing its snapshot with a fresh one does neither.
 */

const MIGRATIONS = resolve('drizzle');
const BUILD = resolve('dist');

/** The tables as the code has them, in the form in which drizzle-kit writes them down. */
async function tablesOfTheCode() {
  const declared = {};
  for (const path of readdirSync(BUILD, { recursive: true })) {
    if (path.endsWith('.table.js'))
      Object.assign(declared, await import(pathToFileURL(join(BUILD, path)).href));
  }
  return JSON.parse(JSON.stringify(generateDrizzleJson(declared)));
}

/** The tables as the newest migration leaves them. */
function tablesOfTheMigrations() {
  const { entries } = JSON.parse(readFileSync(join(MIGRATIONS, 'meta', '_journal.json'), 'utf8'));
  const newest = String(entries.at(-1).idx).padStart(4, '0');
  return JSON.parse(readFileSync(join(MIGRATIONS, 'meta', `${newest}_snapshot.json`), 'utf8'));
}

const code = await tablesOfTheCode();
const migrations = tablesOfTheMigrations();
const stale = [];
for (const part of ['tables', 'enums', 'schemas', 'sequences', 'roles', 'policies', 'views']) {
  for (const name of new Set([...Object.keys(code[part]), ...Object.keys(migrations[part])])) {
    if (!isDeepStrictEqual(code[part][name], migrations[part][name])) stale.push(`${part}: ${name}`);
  }
}

if (stale.length > 0) {
  console.error(`The migrations under drizzle/ are behind the *.table.ts files:\n  ${stale.join('\n  ')}`);
  console.error('Run: npm run migrations:generate');
  process.exitCode = 1;
} else {
  console.log(`Migrations are current: ${Object.keys(code.tables).length} tables.`);
}
