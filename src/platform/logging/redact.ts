/** A field so named holds a secret or something personal, however deep it lies. */
const SENSITIVE = /authorization|cookie|passw|token|secret|email|credential|api_?key/i;
const DEPTH = 6;

/** A copy of logged fields in which nothing secret or personal is left. */
export function redact(fields: object): Record<string, unknown> {
  try {
    return copy(fields, 0) as Record<string, unknown>;
  } catch (error) {
    // A getter that throws must not turn the logging of a fault into another fault.
    return { unreadable: String(error) };
  }
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH) return '[deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return '[binary]';
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SENSITIVE.test(name) ? '[redacted]' : copy(item, depth + 1),
    ]),
  );
}

/** The classes of SQLSTATE whose messages speak of names, states and resources, never of values. */
const SPEAKS_OF_NAMES = /^(?:08|23|25|40|42|53|55|57|58)/;

/**
 * Only what helps to find a fault: a database error also carries the query's parameters (password hashes,
 * addresses), in fields of its own and, after a line "params:", in its message and stack. The server, too,
 * repeats values: `invalid input syntax for type integer: "…"`.
 */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  const isFromServer = severity !== undefined && typeof code === 'string';
  const message =
    isFromServer && !SPEAKS_OF_NAMES.test(code) ? '[redacted]' : withoutParameters(error.message);
  return {
    type: error.name,
    message,
    ...(typeof code === 'string' && { code }),
    stack: withoutParameters((error.stack ?? '').replace(error.message, () => message)),
    ...(error.cause !== undefined && { cause: copy(error.cause, depth + 1) }),
  };
}

/** A database error's text without the query's parameters. */
export function withoutParameters(text: string): string {
  return text.replace(/\nparams: [\s\S]*?(?=\n {4}at |$)/g, '\nparams: [redacted]');
}
