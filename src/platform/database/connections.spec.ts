import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { openPool, serverPool } from './connections.js';
import { DatabaseUnavailable } from './failures.js';
import { runTransaction } from './transactions.js';

const message = (type: string, body: string): string => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return type + length.toString('latin1') + body;
};
const AUTHENTICATED = message('R', '\0\0\0\0');
const READY = message('Z', 'I');
const TERMINATED = message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0');

let server: Server;
let pool: Pool;

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(AUTHENTICATED + READY + TERMINATED, 'latin1'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  pool = openPool(serverPool(`postgres://sumun@127.0.0.1:${port}/sumun`), () => undefined);
});
afterEach(async () => {
  await pool.end();
  server.close();
});

it('a connection that is ended in the same breath in which it gets ready: unavailable, and the process lives', async () => {
  await expect(runTransaction(pool, 'BEGIN', () => Promise.resolve())).rejects.toThrow(DatabaseUnavailable);
  await expect(pool.query('SELECT 1')).rejects.toThrow();
});
