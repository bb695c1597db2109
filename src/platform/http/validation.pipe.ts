import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, type ValidatorOptions } from 'class-validator';
import { ValidationFailed } from './http.problems.js';
import { bounded, fieldError, fieldErrors } from './field-errors.js';
import { crowded, inheritedNames, lostMembers } from './raw-checks.js';

const OPTIONS: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: false, value: true },
};

/** What TypeScript emits for a parameter that has no class of its own. */
const NO_CLASS = new Set<unknown>([undefined, Object, String, Number, Boolean, Array, Buffer]);

/**
 * Turns bodies, queries and paths into their DTO classes, or refuses them field by field.
 *
 * Its own instead of the framework's: that one lets `constructor` and `toString` members through in silence,
 * and knows neither the contract's codes nor languages.
 */
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    // Custom parameter decorators (the caller, the language) give values of our own making.
    if (type === 'custom' || NO_CLASS.has(metatype)) return value;
    return check(metatype as Type<object>, type === 'body' && value === undefined ? {} : value);
  }
}

async function check(metatype: Type<object>, sent: unknown): Promise<object> {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    throw ValidationFailed({ errors: [fieldError('', 'wrong_type')] });
  }
  const crowd = crowded(sent, declaredBy(metatype));
  if (crowd.length > 0) throw ValidationFailed({ errors: bounded(crowd) });
  const inherited = inheritedNames(sent);
  if (inherited.length > 0) throw ValidationFailed({ errors: bounded(inherited) });
  const made = plainToInstance(metatype, sent);
  const errors = [...lostMembers(sent, made), ...fieldErrors(await validate(made, OPTIONS))];
  if (errors.length > 0) throw ValidationFailed({ errors: bounded(errors) });
  return made;
}

/** A class declares what it declares for good. */
const declared = new WeakMap<Type<object>, ReadonlyMap<string, unknown>>();

function declaredBy(metatype: Type<object>): ReadonlyMap<string, unknown> {
  let known = declared.get(metatype);
  if (known === undefined) declared.set(metatype, (known = readDeclared(metatype)));
  return known;
}

function readDeclared(metatype: Type<object>): ReadonlyMap<string, unknown> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  const typeOf = (name: string): unknown =>
    Reflect.getMetadata('design:type', metatype.prototype as object, name);
  return new Map(rules.map(({ propertyName }) => [propertyName, typeOf(propertyName)]));
}
