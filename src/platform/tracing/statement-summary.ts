const TABLE = /\b(?:from|into|update|table)\s+(?:only\s+)?"?([a-z_]{1,63})"?/i;
const MOST = 1_000;

const known = new Map<string, string>();

/** What a statement does and to which table, such as `UPDATE sessions`: the names alone, and no values. */
export function summaryOf(text: string): string {
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const verb = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'statement';
  const table = TABLE.exec(text)?.[1];
  const summary = table === undefined ? verb : `${verb} ${table}`;
  // Statements are declared, so there are few; those that are written for a day do not fill the memory.
  if (known.size < MOST) known.set(text, summary);
  return summary;
}
