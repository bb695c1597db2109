const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T(?!24)\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
/** What the database reads as it is written here; an offset can lead out of the years that were spelt. */
const YEARS_1_TO_9999 = /^(?!0000)\d{4}-/;

/** The moment that an RFC 3339 text names; undefined where it names none. */
export function instantOf(text: string): Date | undefined {
  // §5.6: 'The "T" and "Z" characters in this syntax may alternatively be lower case "t" or "z" respectively.'
  const spelt = text.toUpperCase();
  const day = RFC_3339.exec(spelt)?.[1];
  const at = new Date(spelt);
  // To `Date`, the 30th of February is a day in March.
  const exists = day !== undefined && new Date(day).toJSON()?.startsWith(day);
  return exists && YEARS_1_TO_9999.test(at.toJSON() ?? '') ? at : undefined;
}
