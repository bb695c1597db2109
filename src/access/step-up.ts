/** NIST SP 800-63B: how many factors a sign-in had. */
export const ASSURANCE_LEVELS = ['aal1', 'aal2'] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];

/** A whole number and its unit: seconds, minutes, hours or days. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** How recent, and how strong, the caller's sign-in must be (RFC 9470). */
export interface StepUpDemand {
  /** Seconds since `auth_time`, at most. */
  readonly maxAge?: number;
  /** The caller's `acr`, at least. */
  readonly acr?: AssuranceLevel;
}

const UNITS = { d: 86_400, h: 3600, m: 60, s: 1 } as const;

/** Seconds; undefined for what is no duration, and for none at all: no token is that young. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : 0;
  return seconds > 0 ? seconds : undefined;
}

/** In the largest unit that leaves no remainder, so that `300s` and `5m` read alike. */
export function renderDuration(seconds: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, each]) => seconds % each === 0)!;
  return `${seconds / size}${unit}`;
}

/** 0 for what is no level, which is below all of them. */
export function rankOf(acr: string | undefined): number {
  return ASSURANCE_LEVELS.indexOf(acr as AssuranceLevel) + 1;
}

/** What meets both. */
export function strictest(a: StepUpDemand, b: StepUpDemand): StepUpDemand {
  const maxAge = Math.min(a.maxAge ?? Infinity, b.maxAge ?? Infinity);
  const acr = rankOf(a.acr) >= rankOf(b.acr) ? a.acr : b.acr;
  return { ...(maxAge < Infinity && { maxAge }), ...(acr && { acr }) };
}
