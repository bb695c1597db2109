// One server under measurement, started as `servers.js <name>`; answers over IPC what it is asked.
import 'reflect-metadata';
import { createServer } from 'node:http';
import { fastify } from 'fastify';

const BODY = { message: 'You have reached the protected endpoint.' };

const SERVERS = {
  'node:http': async () => {
    const body = JSON.stringify(BODY);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    };
    const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: server.address().port };
  },
  fastify: async () => {
    const server = fastify();
    server.get('/protected', () => BODY);
    await server.listen({ port: 0, host: '127.0.0.1' });
    return { port: server.server.address().port };
  },
  sumun: async () => (await import('./service.js')).startService(),
};

const name = process.argv[2];
const { port, ask = {} } = await SERVERS[name]();
// Nobody is left who could ask.
process.on('disconnect', () => process.exit());
process.on('message', async ({ id, what, input }) => {
  const answer = what === 'cpu' ? process.cpuUsage() : await ask[what](input);
  process.send({ id, answer });
});
process.send({ port });
