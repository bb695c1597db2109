import type { Language, Problem } from './problem.js';

/** The body of a refusal: RFC 9457 §3.1 and its extension members (§3.2), in the contract's order. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: ReadonlyArray<{
    readonly field: string;
    readonly code: string;
    readonly message: string;
  }>;
}

/** Where and for whom a problem is rendered. */
export interface ProblemContext {
  readonly language: Language;
  /** The path, without its query: a query may hold what must not be repeated. */
  readonly instance: string;
  readonly requestId: string;
}

/** Renders a problem for its caller. What is only for the log is left out. */
export function renderProblem(problem: Problem, context: ProblemContext): ProblemBody {
  const { code, status, title } = problem.definition;
  const { language } = context;
  return {
    type: `urn:sumun:problem:${code}`,
    title: title[language],
    status,
    detail: problem.detail[language],
    instance: context.instance,
    code,
    request_id: context.requestId,
    ...(problem.errors && {
      errors: problem.errors.map((error) => ({
        field: error.field,
        code: error.code,
        message: error.message[language],
      })),
    }),
  };
}
