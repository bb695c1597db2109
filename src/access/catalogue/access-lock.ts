import type { CatalogueEntry } from './access-catalogue.js';

/**
 * The catalogue as text: one readable line a route, sorted, the same on every machine. Committed as
 * `access.lock`, so that its diff shows a change of who may reach what.
 */
export function renderLock(entries: readonly CatalogueEntry[]): string {
  return entries.map((entry) => `${lineOf(entry)}\n`).join('');
}

/** What changed from the committed lock to the app's own, in words, a line each; empty where nothing did. */
export function describeChanges(committed: string, current: string): string[] {
  const before = parse(committed);
  const after = parse(current);
  const changes: string[] = [];
  for (const [route, access] of after) {
    const was = before.get(route);
    if (was === undefined) changes.push(`${route} is new: ${access}`);
    else if (was !== access) changes.push(`${route} was ${was} and is now ${access}`);
  }
  for (const [route, access] of before) {
    if (!after.has(route)) changes.push(`${route} (${access}) is no longer there`);
  }
  return changes;
}

function lineOf({ method, path, rule, route }: CatalogueEntry): string {
  return [method, path, rule.credential, ...(route ? [] : ['unguarded'])].join(' ');
}

function parse(lock: string): Map<string, string> {
  const lines = lock.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [method, path, ...access] = line.split(' ');
      return [`${method} ${path}`, access.join(' ')];
    }),
  );
}
