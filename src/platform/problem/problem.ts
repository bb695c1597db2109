/** A language that every text told to a caller exists in. */
export type Language = 'en' | 'ko';

/** A text in every language: leaving one out does not compile. */
export type LocalizedText = Readonly<Record<Language, string>>;

/** What a refused field may be refused for; clients switch on these, so they never change meaning. */
export const FIELD_ERROR_CODES = [
  'required',
  'unknown_field',
  'wrong_type',
  'too_short',
  'too_long',
  'out_of_range',
  'invalid_format',
  'not_allowed',
  'password_too_common',
] as const;

export type FieldErrorCode = (typeof FIELD_ERROR_CODES)[number];

/** One refused field of a request; `field` is dotted (`items.0.name`), and empty for the whole body. */
export interface FieldError {
  readonly field: string;
  readonly code: FieldErrorCode;
  readonly message: LocalizedText;
}

/** What is the same each time one kind of problem is raised. */
export interface ProblemDefinition {
  readonly code: string;
  readonly status: number;
  readonly title: LocalizedText;
  readonly detail: LocalizedText;
  /** Headers that every answer of this kind has, such as a challenge. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of headers that only some answers of this kind have. */
  readonly optionalHeaders?: readonly string[];
}

/** What differs from one raising to the next. */
export interface ProblemOptions {
  /** Headers of the answer, such as `WWW-Authenticate` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the definition's: where the caller needs to know which of several reasons it was. */
  readonly detail?: LocalizedText;
  /** The refused fields, told to the caller. */
  readonly errors?: readonly FieldError[];
  /** For the log alone: never told to the caller. */
  readonly logDetail?: string;
  /** The error that led here, for the log alone. */
  readonly cause?: unknown;
}

/** Raised to refuse a request; the one filter turns it into `application/problem+json`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: LocalizedText;
  readonly errors: readonly FieldError[] | undefined;
  readonly logDetail: string | undefined;

  constructor(
    readonly definition: ProblemDefinition,
    options: ProblemOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    // What was decided is logged without a stack. Under a flood, to note where costs more than to decide.
    if (definition.status !== 500) Error.stackTraceLimit = 0;
    super(definition.code, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.headers = { ...definition.headers, ...options.headers };
    this.detail = options.detail ?? definition.detail;
    this.errors = options.errors;
    this.logDetail = options.logDetail;
  }
}
