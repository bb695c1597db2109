import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { startApp } from '../../support/app.js';
import { RawConnection } from '../../support/raw-connection.js';

const app = await startApp();
afterAll(() => app.stop());

const connections: RawConnection[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  connections.splice(0).forEach((one) => one.close());
  sockets.splice(0).forEach((one) => one.destroy());
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function upload(path: string, framing: string): RawConnection {
  const one = new RawConnection(app.http.origin);
  connections.push(one);
  return one.send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`);
}

const CHUNK = `1000\r\n${' '.repeat(4096)}\r\n`;
const REFUSED: readonly (readonly [string, number, string, string, string])[] = [
  ['a path that is none', 404, '/nowhere', 'Content-Length: 50000000', ' '.repeat(4096)],
  ['a length beyond the limit', 413, '/auth/login', 'Content-Length: 50000000', ' '.repeat(4096)],
  ['chunks beyond the limit', 413, '/auth/login', 'Transfer-Encoding: chunked', CHUNK],
];

// RFC 9112 §9.6.
describe('an upload that is refused before it is at its end', () => {
  it.each(REFUSED)('%s: is read for a short grace, not until its time-out', async (_, status, ...sent) => {
    const [path, framing, piece] = sent;
    const one = upload(path, framing);
    const sending = setInterval(() => one.closed || one.send(piece), 30);
    try {
      await one.answers(1);
      const lived = await one.hungUp();
      expect(one.statuses).toEqual([status]);
      expect(lived).toBeGreaterThan(1_900);
      expect(lived).toBeLessThan(8_000);
    } finally {
      clearInterval(sending);
    }
  });

  it.each(REFUSED)('%s: who reads only after sending finds the answer whole', async (_, status, ...sent) => {
    const [path, framing, piece] = sent;
    const { hostname, port } = new URL(app.http.origin);
    const socket = connect(Number(port), hostname).pause();
    sockets.push(socket);
    const failures: Error[] = [];
    socket.on('error', (error) => failures.push(error));
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`);
    for (let n = 0; n < 20; n++) {
      socket.write(piece);
      await pause(10);
    }
    expect(failures).toEqual([]);
    const received = once(socket, 'data');
    socket.resume();
    const [answer] = (await received) as [Buffer];
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*"status":${status},[^]*}$`));
  });

  it('whose rest comes within the grace leaves the connection to the next request', async () => {
    const one = await upload('/nowhere', 'Content-Length: 10').answers(1);
    await pause(100);
    one.send('0123456789GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await one.answers(2);
    expect(one.statuses).toEqual([404, 200]);
    await pause(2_300);
    expect(one.closed).toBe(false);
  });
});
