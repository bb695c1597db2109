import type { FastifyReply } from 'fastify';

/** `Vary` names every header that an answer depends on: another part's entry must survive. */
export function appendVary(reply: FastifyReply, name: string): void {
  const header = reply.getHeader('vary');
  if (header === undefined) return void reply.header('vary', name);
  const present = String(header)
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (present.includes('*') || present.some((entry) => entry.toLowerCase() === name.toLowerCase())) return;
  reply.header('vary', [...present, name].join(', '));
}
