import { hashesThatFit, mebibytesFor } from './hashes-at-once.js';
import type { Mistake } from './mistake.js';
import type { Draft } from './values.js';
import { VARIABLES, type VariableName } from './variables.js';

/** RFC 9106 leaves small memory to the user; below this, OWASP no longer advises argon2id at all. */
const LEAST_HASH_MEMORY_KIB = 7168;

function mistake(variable: VariableName, problem: string): Mistake {
  return { variable, problem, example: VARIABLES[variable].example };
}

/** What no single variable shows: values that contradict each other. */
export function relationMistakes(values: Draft, named: readonly Mistake[]): Mistake[] {
  const found: Mistake[] = [];
  const { refreshIdleTtlSeconds: idle, refreshAbsoluteTtlSeconds: absolute, argon2 } = values;
  if (idle !== undefined && absolute !== undefined && idle > absolute) {
    found.push(mistake('REFRESH_IDLE_TTL', 'must not be longer than REFRESH_ABSOLUTE_TTL.'));
  }
  if (idle !== undefined && values.refreshGraceSeconds !== undefined && values.refreshGraceSeconds >= idle) {
    found.push(mistake('REFRESH_GRACE', 'must be shorter than REFRESH_IDLE_TTL.'));
  }
  // One secret in two roles: whoever is given it to verify tokens could also open the encrypted keys.
  const encodedKey = values.secretKey?.toString('base64url');
  if (values.jwtSecret !== undefined && values.jwtSecret === encodedKey) {
    found.push(mistake('JWT_SECRET', 'must not be the same as SECRET_KEY.'));
  }
  if (argon2 !== undefined && argon2.memoryKib < 8 * argon2.parallelism) {
    found.push(
      mistake('PASSWORD_HASH_MEMORY', 'must be at least 8 KiB for each lane of PASSWORD_HASH_PARALLELISM.'),
    );
  }
  return [...found, ...memoryMistakes(values, named)];
}

/** A limit that the service itself would break says nothing. */
function memoryMistakes(values: Draft, named: readonly Mistake[]): Mistake[] {
  const { memoryLimitBytes, passwordThreads = 1, argon2, databaseUrl } = values;
  if (memoryLimitBytes === undefined || argon2 === undefined || isNamed(named, 'DATABASE_URL')) return [];
  const settings = { databaseUrl, argon2 };
  if (hashesThatFit(memoryLimitBytes, settings) >= passwordThreads) return [];
  const least = `${mebibytesFor(passwordThreads, settings)}Mi`;
  const problem = `must be at least ${least}${passwordThreads > 1 ? ' for so many PASSWORD_THREADS' : ''}.`;
  return [{ variable: 'MEMORY_LIMIT', problem, example: least }];
}

function isNamed(named: readonly Mistake[], variable: VariableName): boolean {
  return named.some(({ variable: other }) => other === variable || other === `${variable}_FILE`);
}

/** What only production insists on. A variable that is already named as mistaken is not named a second time. */
export function productionMistakes(values: Draft, named: readonly Mistake[]): Mistake[] {
  const found: Mistake[] = [];
  const needs = (variable: VariableName, value: unknown, problem = 'is required in production.') => {
    if (value === undefined && !isNamed(named, variable)) {
      found.push(mistake(variable, problem));
    }
  };
  needs('ISSUER', values.issuer);
  if (values.issuer?.startsWith('http://')) found.push(mistake('ISSUER', 'must be https in production.'));
  needs('SECRET_KEY', values.secretKey);
  const meantEmbedded = named.some(({ variable }) => variable === 'EMBEDDED_DATABASE');
  if (!values.embeddedDatabaseAllowed && !meantEmbedded) {
    needs('DATABASE_URL', values.databaseUrl, 'is required in production, unless EMBEDDED_DATABASE=allow.');
  }
  if (values.jwtAlgorithm === 'HS256') {
    needs('JWT_SECRET', values.jwtSecret, 'is required in production with JWT_ALGORITHM=HS256.');
  }
  if (values.rateLimits?.on === false) found.push(mistake('RATE_LIMITS', 'must be on in production.'));
  if (values.argon2 !== undefined && values.argon2.memoryKib < LEAST_HASH_MEMORY_KIB) {
    found.push(mistake('PASSWORD_HASH_MEMORY', `must be at least ${LEAST_HASH_MEMORY_KIB} in production.`));
  }
  return found;
}
