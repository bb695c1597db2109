/** A list with one of its members left out, each in turn. */
export function withoutOne<T>(list: readonly T[]): T[][] {
  return list.map((_, at) => list.filter((_other, other) => other !== at));
}

/** A list with one of its members weakened, in every way that it can be. */
export function withOneWeaker<T>(list: readonly T[], weaker: (member: T) => readonly T[]): T[][] {
  return list.flatMap((member, at) => weaker(member).map((weak) => list.with(at, weak)));
}
