import { ValidateBy } from 'class-validator';
import type { FieldError, LocalizedText } from '../problem/index.js';

/**
 * A rule of a string field: what it is refused as, and what it must be. Values that are no strings are left
 * to `@IsString()`.
 */
export function Satisfies(
  code: FieldError['code'],
  holds: (value: string) => boolean,
  message: LocalizedText,
): PropertyDecorator {
  return ValidateBy(
    {
      name: holds.name || code,
      validator: {
        validate: (value) => typeof value !== 'string' || holds(value),
        // The validator drops the context of a rule that has no message.
        defaultMessage: () => message.en,
      },
    },
    { context: { code, message } },
  );
}
