import type { ValidationError } from 'class-validator';
import type { FieldError, LocalizedText } from '../problem/index.js';

type FieldErrorCode = FieldError['code'];

const MESSAGES: Readonly<Record<FieldErrorCode, LocalizedText>> = {
  required: { en: 'This field is required.', ko: '필수 항목입니다.' },
  unknown_field: { en: 'There is no such field.', ko: '알 수 없는 항목입니다.' },
  wrong_type: { en: 'The value has the wrong type.', ko: '값의 자료형이 올바르지 않습니다.' },
  too_short: { en: 'The value is too short.', ko: '값이 너무 짧습니다.' },
  too_long: { en: 'The value is too long.', ko: '값이 너무 깁니다.' },
  out_of_range: { en: 'The value is out of range.', ko: '값이 허용 범위를 벗어났습니다.' },
  invalid_format: {
    en: 'The value is not in the expected format.',
    ko: '값이 지정된 형식과 일치하지 않습니다.',
  },
  not_allowed: { en: 'The value is not allowed.', ko: '허용되지 않는 값입니다.' },
  password_too_common: {
    en: 'This password is too common.',
    ko: '너무 흔히 사용되는 비밀번호입니다.',
  },
};

/** What the validator's rules mean in the contract's words; every other rule is about the format. */
const CODES = new Map<string, FieldErrorCode>(
  Object.entries({
    required: ['isDefined'],
    unknown_field: ['whitelistValidation'],
    wrong_type: [
      ...['isString', 'isInt', 'isNumber', 'isBoolean', 'isArray', 'isObject', 'isDate', 'isInstance'],
      ...['nestedValidation', 'unknownValue'],
    ],
    too_short: ['minLength', 'arrayMinSize', 'arrayNotEmpty', 'isNotEmpty', 'isNotEmptyObject'],
    too_long: ['maxLength', 'arrayMaxSize'],
    out_of_range: ['min', 'max', 'isPositive', 'isNegative', 'minDate', 'maxDate'],
    not_allowed: ['isIn', 'isEnum', 'equals', 'notEquals', 'isNotIn', 'arrayUnique', 'isEmpty'],
  }).flatMap(([code, rules]) => rules.map((rule) => [rule, code as FieldErrorCode] as const)),
);

/** A caller can send thousands of unknown fields with long names: the answer must not outgrow the request. */
const MOST_ERRORS = 50;
const LONGEST_FIELD = 128;

/** One refused field, with the code's own message unless another is given. */
export function fieldError(field: string, code: FieldErrorCode, message = MESSAGES[code]): FieldError {
  return { field: field.slice(0, LONGEST_FIELD), code, message };
}

/** Each refusal once, in a bounded number. */
export function bounded(errors: readonly FieldError[]): FieldError[] {
  const unique = new Map(errors.map((error) => [`${error.code} ${error.field}`, error] as const));
  return [...unique.values()].slice(0, MOST_ERRORS);
}

/** The validator's findings in the contract's form. */
export function fieldErrors(found: readonly ValidationError[], parent = ''): FieldError[] {
  return found.flatMap((error) => {
    // The validator leaves the property out where it finds no rules for a value at all.
    const field = [parent, error.property as string | undefined].filter(Boolean).join('.');
    return [...ownErrors(error, field), ...fieldErrors(error.children ?? [], field)];
  });
}

function ownErrors(error: ValidationError, field: string): FieldError[] {
  const failed = Object.entries(error.constraints ?? {});
  if (failed.length === 0) return [];
  const places = failed.flatMap(([rule, message]) => placesOf(rule, message, error.value));
  if (places.length > 0) return places.map((place) => fieldError(`${field}.${place}`, 'wrong_type'));
  const found = failed.map(
    ([rule, message]) => declared(error, rule, field) ?? fieldError(field, codeOf(rule, message)),
  );
  if (found.some(({ code }) => code === 'unknown_field')) return [fieldError(field, 'unknown_field')];
  // Of a value that is absent or of the wrong type, nothing else that the rules say is of use.
  if (error.value === undefined) return [fieldError(field, 'required')];
  return found.find(({ code }) => code === 'wrong_type') ? [fieldError(field, 'wrong_type')] : found;
}

/** `@IsString({ each: true })` does not say which one is none; only its message tells it from `@IsString()`. */
function placesOf(rule: string, message: string, value: unknown): number[] {
  if (rule !== 'isString' || !message.startsWith('each value') || !Array.isArray(value)) return [];
  return value.flatMap((one, place) => (typeof one === 'string' ? [] : [place]));
}

/** A decorator can say its own code and message: `context: { code, message: { en, ko } }`. */
function declared(error: ValidationError, rule: string, field: string): FieldError | undefined {
  const context = error.contexts?.[rule] as { code?: FieldErrorCode; message?: LocalizedText } | undefined;
  return context?.code && fieldError(field, context.code, context.message);
}

function codeOf(rule: string, message: string): FieldErrorCode {
  // `@Length` is one rule for both ends; only its message tells which one was passed.
  if (rule === 'isLength') return message.includes('longer than') ? 'too_short' : 'too_long';
  return CODES.get(rule) ?? 'invalid_format';
}
