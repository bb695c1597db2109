import type { FieldError } from '../problem/index.js';
import { fieldError } from './field-errors.js';

type Node = Record<string, unknown>;

/** More than any request of this service has in one object or list. */
const MOST_MEMBERS = 100;

/**
 * Finds the first object or list that is crowded. What follows takes quadratic time in an object's members, and
 * 64 KiB hold thousands of them: such a body is refused before anything walks it.
 *
 * @param known the names that the body's class declares, with their types
 */
export function crowded(sent: object, known: ReadonlyMap<string, unknown>): FieldError[] {
  const names = Object.keys(sent);
  if (names.length > MOST_MEMBERS) {
    const unknown = names.filter((name) => !known.has(name)).slice(0, MOST_MEMBERS);
    return unknown.map((name) => fieldError(name, 'unknown_field'));
  }
  const field = names.find((name) => isCrowded((sent as Node)[name]));
  if (field === undefined) return [];
  if (!known.has(field)) return [fieldError(field, 'unknown_field')];
  const value = (sent as Node)[field];
  const isLongList = known.get(field) === Array && Array.isArray(value) && value.length > MOST_MEMBERS;
  return [fieldError(field, isLongList ? 'too_long' : 'wrong_type')];
}

function isCrowded(value: unknown): boolean {
  if (!isNode(value)) return false;
  const members = Object.values(value);
  return members.length > MOST_MEMBERS || members.some(isCrowded);
}

/**
 * Finds members named like what every object inherits (`constructor`, `toString`, `__defineGetter__`).
 *
 * No field of this service is called so. The transformer would call a `constructor` member as a class and skip
 * the others in silence, so that neither it nor the validator could refuse them: looked for before both.
 */
export function inheritedNames(value: unknown, path = ''): FieldError[] {
  if (!isNode(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const field = join(path, name);
    return name in Object.prototype ? [fieldError(field, 'unknown_field')] : inheritedNames(member, field);
  });
}

/**
 * Compares what was sent with what the transformer made of it.
 *
 * A member it skipped in silence (one named like a method or getter of the class) is an unknown field. An array
 * where the class declares one object is of the wrong type: the validator would check each item, of which an
 * empty array has none.
 */
export function lostMembers(sent: unknown, made: unknown, path = ''): FieldError[] {
  if (!isNode(sent) || !isNode(made) || Array.isArray(sent) !== Array.isArray(made)) return [];
  return Object.entries(sent).flatMap(([name, member]) => {
    const field = join(path, name);
    if (!Object.hasOwn(made, name)) return [fieldError(field, 'unknown_field')];
    if (Array.isArray(member) && declaresSingle(made, name)) return [fieldError(field, 'wrong_type')];
    return lostMembers(member, made[name], field);
  });
}

function declaresSingle(made: Node, name: string): boolean {
  const prototype = Object.getPrototypeOf(made) as object | null;
  if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) return false;
  const type = Reflect.getMetadata('design:type', prototype, name) as unknown;
  return typeof type === 'function' && ![Array, Object, Set, Map].includes(type as ArrayConstructor);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
