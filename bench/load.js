// The load generator: a process of its own, so that what it costs is not the server's.
// Takes { port, requests, connections } over IPC, where `requests` are whole HTTP requests as text, and answers
// with how many of each status came back. Each connection sends its next request when it has the answer. With `awake` it
// never sleeps: to wake a sleeper costs the server's send as much as all else in it, and a server that is slower than the
// load would pay for that where a faster one does not.
import { connect } from 'node:net';
import { wholeAnswer } from './answers.js';

/** One keep-alive connection that takes requests from `next` until there are none. */
function drive(port, next, count) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let pending = Buffer.alloc(0);
    const send = () => {
      const request = next();
      if (request === undefined) socket.end(resolve);
      else socket.write(request);
    };
    socket.on('connect', send).on('error', reject);
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const answer = wholeAnswer(pending);
      if (answer === undefined) return;
      pending = pending.subarray(answer.length);
      count(answer.status);
      send();
    });
  });
}

process.on('disconnect', () => process.exit());
process.on('message', async ({ port, requests, times = 1, connections, awake = false }) => {
  const statuses = {};
  let sent = 0;
  const total = requests.length * times;
  const next = () => (sent < total ? requests[sent++ % requests.length] : undefined);
  const count = (status) => (statuses[status] = (statuses[status] ?? 0) + 1);
  let running = awake;
  const stayAwake = () => running && setImmediate(stayAwake);
  stayAwake();
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: connections }, () => drive(port, next, count)));
  running = false;
  process.send({ statuses, seconds: Number(process.hrtime.bigint() - started) / 1e9 });
});
