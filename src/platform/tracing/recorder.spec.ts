import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { Recorder } from './recorder.js';
import { summaryOf } from './statement-summary.js';

describe('spans that nobody takes', () => {
  it('are bounded in number while the receiver hangs, and it is said once that some are lost', async () => {
    let hangs = true;
    let received = 0;
    const waiting: ServerResponse[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        received += body.split('"spanId"').length - 1;
        if (hangs) waiting.push(response);
        else response.writeHead(400).end();
      });
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const complaints: string[] = [];
    const recorder = new Recorder({ endpoint, service: 'test', share: 1 }, (line) => complaints.push(line));
    const server = fastify();
    recorder.watch(server);
    server.get('/', async () => {
      for (let n = 0; n < 6000; n++) await recorder.within('step', () => Promise.resolve());
      return {};
    });
    expect((await server.inject('/')).statusCode).toBe(200);
    hangs = false;
    const flushed = recorder.flush().catch(() => undefined);
    for (const response of waiting.splice(0)) response.writeHead(400).end();
    await flushed;
    await recorder.stop();
    receiver.closeAllConnections();
    await once(receiver.close(), 'close');
    expect(received).toBeGreaterThan(500);
    expect(received).toBeLessThan(4000);
    expect(complaints).toEqual(['Spans are lost: the receiver of traces does not take them.']);
  });
});

describe('a statement in a span', () => {
  it.each([
    ['select "id" from "users" where "email" = $1', 'SELECT users'],
    ["INSERT INTO sessions (id) VALUES ('secret')", 'INSERT sessions'],
    ['\n  UPDATE ONLY sessions SET x = 1', 'UPDATE sessions'],
    ['delete from "revocations" where true', 'DELETE revocations'],
    ['BEGIN; SET LOCAL statement_timeout = 1', 'BEGIN'],
    ['', 'statement'],
  ])('%s is %s', (text, summary) => {
    expect([summaryOf(text), summaryOf(text)]).toEqual([summary, summary]);
  });
});
