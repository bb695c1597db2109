/** One page of a list, and the position after which the next one begins; none where it is the last. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
}

/** Which page of a list is asked for. */
export interface PageAsked {
  readonly limit: number;
  /** A position that the list gave. */
  readonly after?: string | undefined;
}

/** Makes a page of rows of which one more was read than it holds: that one tells that there is a next page. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => string,
): Page<Row> {
  const shown = rows.slice(0, limit);
  return { rows: shown, next: rows.length > limit ? positionOf(shown.at(-1)!) : undefined };
}
