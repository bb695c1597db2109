import type { OpenAPIObject } from '@nestjs/swagger';
import { fieldError, unreadBodyProblems, ValidationFailed } from '../http/index.js';
import { FIELD_ERROR_CODES, Problem, renderProblem, type ProblemDefinition } from '../problem/index.js';

const SCHEMA = 'Problem';

type Operation = Record<string, unknown>;

/** Paints the error answers of one operation: by status, each of its codes with an example. */
export function paintProblems(
  document: OpenAPIObject,
  { method, operation }: { readonly method: string; readonly operation: Operation },
  declared: readonly ProblemDefinition[],
): void {
  addSchema(document);
  const parameters = (operation.parameters as { in: string }[] | undefined) ?? [];
  const isGiven = operation.requestBody || parameters.some((parameter) => parameter.in !== 'header');
  const implied = [
    // The body of a GET is not read.
    ...(method === 'GET' || takesForm(operation) ? [] : unreadBodyProblems),
    ...(isGiven && !takesForm(operation) ? [ValidationFailed] : []),
  ].map(({ definition }) => definition);
  const responses = (operation.responses ??= {}) as Record<string, unknown>;
  for (const [status, problems] of byStatus(new Set([...implied, ...declared]))) {
    responses[status] = response(problems);
  }
}

/** What takes a form describes its refusals itself, for they have another form, too. */
function takesForm({ requestBody }: Operation): boolean {
  const { content = {} } = (requestBody ?? {}) as { content?: object };
  return 'application/x-www-form-urlencoded' in content;
}

function byStatus(problems: Iterable<ProblemDefinition>): Map<number, ProblemDefinition[]> {
  const groups = new Map<number, ProblemDefinition[]>();
  for (const problem of problems)
    groups.set(problem.status, [...(groups.get(problem.status) ?? []), problem]);
  return groups;
}

function response(problems: ProblemDefinition[]): object {
  const examples = Object.fromEntries(problems.map((problem) => [problem.code, { value: example(problem) }]));
  return {
    description: problems.map(({ code, detail }) => `\`${code}\`: ${detail.en}`).join('\n\n'),
    headers: headersOf(problems),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [{ $ref: `#/components/schemas/${SCHEMA}` }],
          properties: { code: { enum: problems.map(({ code }) => code) } },
        },
        examples,
      },
    },
  };
}

/** A header is required where every problem of this status brings it, whichever it is. */
function headersOf(problems: readonly ProblemDefinition[]): object {
  const always = problems.map(({ headers }) => Object.keys(headers ?? {}));
  const names = new Set([...always, ...problems.map(({ optionalHeaders }) => optionalHeaders ?? [])].flat());
  return Object.fromEntries(
    [...names].map((name) => {
      const required = always.every((brought) => brought.includes(name));
      return [name, { required, schema: { type: 'string' } }];
    }),
  );
}

function example(definition: ProblemDefinition): object {
  const errors = [fieldError('email', 'required')];
  const problem = new Problem(definition, definition === ValidationFailed.definition ? { errors } : {});
  return renderProblem(problem, {
    language: 'en',
    instance: '/path/of/the/request',
    requestId: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11',
  });
}

/** RFC 9457 §3.1, and this service's extension members. */
function addSchema(document: OpenAPIObject): void {
  const schemas = ((document.components ??= {}).schemas ??= {});
  const text = (description: string, rest: object = {}) => ({ type: 'string', description, ...rest });
  schemas[SCHEMA] ??= {
    type: 'object',
    description: 'A refusal (RFC 9457).',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
    properties: {
      type: text('`urn:sumun:problem:` and the code.', { format: 'uri' }),
      title: text('The kind of problem, by `Accept-Language`.'),
      status: { type: 'integer', description: 'The HTTP status.' },
      detail: text('What happened and what to do, by `Accept-Language`.'),
      instance: text('The path of the request, without its query.'),
      code: text('Stable and machine-readable: switch on it.'),
      request_id: text('As in `X-Request-Id`.'),
      errors: { type: 'array', description: 'The refused fields.', items: fieldSchema(text) },
    },
  };
}

function fieldSchema(text: (description: string, rest?: object) => object): object {
  return {
    type: 'object',
    required: ['field', 'code', 'message'],
    properties: {
      field: text('Dotted, like `items.0.name`; empty for the whole body.'),
      code: text('What is wrong with it.', { enum: FIELD_ERROR_CODES }),
      message: text('What it must be, by `Accept-Language`.'),
    },
  };
}
