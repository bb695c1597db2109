import type { FastifyRequest } from 'fastify';
import type { Origin } from '../events/index.js';

const AGENT_MAX_LENGTH = 256;
/** Whoever reads what was told may do so in a terminal, which takes them for commands. */
const CONTROLS = /\p{Cc}/gu;

/** Where a request comes from, for what is told of it. */
export function originOf(request: FastifyRequest, actorId: string | null = null): Origin {
  return {
    via: 'http',
    actorId,
    // Of a connection that was gone before it could be asked.
    ip: request.ip || 'unknown',
    agent: request.headers['user-agent']?.slice(0, AGENT_MAX_LENGTH).replace(CONTROLS, '\ufffd') ?? null,
    requestId: request.id,
  };
}
