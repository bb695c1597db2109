import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** What a machine without IPv6 says to `::1`. */
const NOT_HERE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** Where else a server is reached, beside the address it listens on itself. */
const doors = new WeakMap<FastifyInstance, Server>();

/**
 * Listens; on `localhost` at both loopback addresses, as far as the machine has them: which of the two a client
 * means by that name is its own affair.
 *
 * The framework would start a second HTTP server there, without this one's answers to what is no request, and
 * would not wait at the end for what is in flight on it. So the second address only hands its connections on.
 *
 * @throws the system's error, also where another program has the port at only one of the addresses
 */
export async function listen(app: NestFastifyApplication, port: number, host: string): Promise<void> {
  if (host !== 'localhost') {
    await app.listen(port, host);
    return;
  }
  await app.listen(port, LOOPBACK[0]);
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  const { server } = instance;
  // As an HTTP server makes its own sockets.
  const door = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    server.emit('connection', socket),
  );
  try {
    door.listen((server.address() as { port: number }).port, LOOPBACK[1]);
    await once(door, 'listening');
    doors.set(instance, door);
  } catch (error) {
    if (!NOT_HERE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Ends both at once, and waits for what is in flight behind the door: for the rest the framework waits. */
export function closeDoorsWith(instance: FastifyInstance): void {
  instance.addHook('preClose', async () => {
    const door = doors.get(instance);
    if (door === undefined) return;
    const closed = once(door.close(), 'close');
    instance.server.close();
    await closed;
  });
}
