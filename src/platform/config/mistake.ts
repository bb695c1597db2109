/** One thing wrong with the configuration. It never repeats the value: that may be a secret. */
export interface Mistake {
  readonly variable: string;
  readonly problem: string;
  /** A value that would do. */
  readonly example?: string;
}

/** Thrown with everything that is wrong at once, so that nobody mends one variable per start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly mistakes: readonly Mistake[]) {
    const lines = mistakes.map(
      ({ variable, problem, example }) =>
        `  ${variable} ${problem}${example === undefined ? '' : `\n    for example: ${variable}=${example}`}`,
    );
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
    super(`The configuration has ${count}:\n${lines.join('\n')}\nREADME.md explains every variable.`);
  }
}
