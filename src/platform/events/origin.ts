/**
 * Where something was asked for: handed down as a parameter from what received the request, never ambient, so
 * that nothing is recorded under somebody else's name.
 */
export interface Origin {
  readonly via: 'http' | 'command_line' | 'service';
  /** Whoever proved who they are; null where nobody did. */
  readonly actorId: string | null;
  readonly ip: string | null;
  /** What the client calls itself (RFC 9110 §10.1.5). */
  readonly agent: string | null;
  readonly requestId: string | null;
}

const NOBODY = { actorId: null, ip: null, agent: null, requestId: null };

/** An operator at the command line, also where the command runs inside the service. */
export const COMMAND_LINE: Origin = Object.freeze({ via: 'command_line', ...NOBODY });

/** The service by itself: at its start, or by a timer. */
export const SERVICE: Origin = Object.freeze({ via: 'service', ...NOBODY });
