import type { Origin } from './origin.js';

/** What is told beside the usual: plain JSON, and nothing personal, for it is kept for good. */
export type EventDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Whom or what an event is about. */
export interface Subject {
  readonly id?: string;
  /** A mail address, as it was given; personal, and so kept where it can be erased. */
  readonly email?: string;
}

/** Something that happened. */
export interface DomainEvent<Details extends EventDetails = EventDetails> {
  readonly type: string;
  readonly origin: Origin;
  readonly subject: Subject;
  readonly details: Details;
}

/** Makes an event of one type when called. */
export interface EventFactory<Details extends EventDetails> {
  (
    origin: Origin,
    subject: Subject,
    ...details: Record<never, never> extends Details ? [Details?] : [Details]
  ): DomainEvent<Details>;
  readonly type: string;
}

const types = new Set<string>();

/**
 * Declares a type of event, in the `<module>.events.ts` of the module that raises it.
 *
 * @param type `<module>.<what happened>`: stable, for it is filtered by and kept.
 * @throws Error at import when the type is malformed or taken.
 */
export function defineEvent<Details extends EventDetails = Record<never, never>>(
  type: string,
): EventFactory<Details> {
  if (!/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/.test(type)) {
    throw new Error(`Event type "${type}" is not of the form module.what_happened.`);
  }
  if (types.has(type))
    throw new Error(`Event "${type}" is defined twice. Import the first definition instead.`);
  types.add(type);
  const make = (origin: Origin, subject: Subject, details?: Details): DomainEvent<Details> => ({
    type,
    origin,
    subject,
    details: details ?? ({} as Details),
  });
  return Object.assign(make, { type });
}

/** Every type of event that the loaded modules declare. */
export function eventTypes(): string[] {
  return [...types].sort();
}
