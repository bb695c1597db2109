import type { LocalizedText } from '../problem/index.js';

/** One environment variable: all that parsing, the README and `.env` say of it. */
export interface Variable<T> {
  /** Parsed when nothing is given; a pair where production differs. */
  readonly fallback?: string | { readonly development: string; readonly production: string };
  /** How the absence of a fallback reads in the table. */
  readonly absent?: LocalizedText;
  readonly meaning: LocalizedText;
  readonly example: string;
  /** Never shown, and can be given as a file by `NAME_FILE`. */
  readonly secret?: true;
  /** Read before `.env` is, so that it cannot be set there. */
  readonly environmentOnly?: true;
  parse(text: string): T;
}

/** Keeps the type of what is parsed. */
export function variable<T>(declaration: Variable<T>): Variable<T> {
  return declaration;
}
