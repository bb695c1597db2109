/**
 * What a caller must present before a route lets it through.
 *
 * - `public`: nothing.
 * - `optional`: nothing, or a genuine access token; a refused token leaves the caller anonymous and its
 *   refusal readable.
 * - `bearer`: a genuine access token.
 */
export type Credential = 'public' | 'optional' | 'bearer';

/** What one decorator says. A level (class or handler) is the list of its decorators' declarations. */
export interface AccessDeclaration {
  readonly decorator: string;
  readonly credential: Credential;
}

/** What the guard enforces on one route, and what document, lock and listing show of it. */
export interface AccessRule {
  readonly credential: Credential;
}

export type RuleResolution =
  | { readonly rule: AccessRule; readonly contradictions: readonly string[] }
  | { readonly rule: undefined; readonly contradictions: readonly string[] };

const STRICTNESS: Record<Credential, number> = { public: 0, optional: 1, bearer: 2 };

/**
 * Combines what the levels of a route declare, outermost first (inherited class, class, handler), by AND:
 * an inner level may narrow what an outer one asks, never widen it, except by `@Public()` on the handler.
 */
export function combine(levels: readonly (readonly AccessDeclaration[])[]): RuleResolution {
  const contradictions: string[] = [];
  let credential: Credential | undefined;
  levels.forEach((level, depth) => {
    const own = credentialOf(level, contradictions);
    if (own === undefined) return;
    const innermost = depth === levels.length - 1;
    if (credential === undefined || STRICTNESS[own] >= STRICTNESS[credential]) credential = own;
    else if (own === 'public' && innermost) credential = own;
    else contradictions.push(`@${nameOf(level)}() would widen what an outer level asks (${credential})`);
  });
  return { rule: credential === undefined ? undefined : { credential }, contradictions };
}

function credentialOf(level: readonly AccessDeclaration[], contradictions: string[]): Credential | undefined {
  const distinct = new Set(level.map((declaration) => declaration.credential));
  if (distinct.size > 1) {
    const names = level.map((declaration) => `@${declaration.decorator}()`).join(' and ');
    contradictions.push(`${names} stand on the same level and contradict each other`);
  }
  return level[0]?.credential;
}

function nameOf(level: readonly AccessDeclaration[]): string {
  return level[0]?.decorator ?? '';
}
