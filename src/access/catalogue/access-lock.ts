import type { AccessRule } from '../access-rule.js';
import { renderDuration } from '../step-up.js';
import type { CatalogueEntry } from './access-catalogue.js';

/**
 * The catalogue as text: one readable line a route, sorted, the same on every machine. Committed as
 * `access.lock`, so that its diff shows a change of who may reach what.
 *
 * `roles=a|b` asks for one of them, and stands once for each set of which one is needed; `permissions`,
 * `step-up` and `policy` ask for all that they name.
 */
export function renderLock(entries: readonly CatalogueEntry[]): string {
  return entries.map((entry) => `${lineOf(entry)}\n`).join('');
}

function lineOf({ method, path, rule, route }: CatalogueEntry): string {
  return [method, path, rule.credential, ...wordsOf(rule), ...(route ? [] : ['unguarded'])].join(' ');
}

function wordsOf({ requirements }: AccessRule): string[] {
  if (!requirements) return [];
  const { roles, permissions, stepUp, policies } = requirements;
  const { maxAge, acr } = stepUp ?? {};
  const stepUps = [...(maxAge === undefined ? [] : [renderDuration(maxAge)]), ...(acr ? [acr] : [])];
  return [
    ...roles.map((anyOf) => `roles=${anyOf.join('|')}`),
    ...listed('permissions', permissions),
    ...listed('step-up', stepUps),
    ...listed(
      'policy',
      policies.map(({ name }) => name),
    ),
  ];
}

function listed(word: string, values: readonly string[]): string[] {
  return values.length > 0 ? [`${word}=${values.join(',')}`] : [];
}
