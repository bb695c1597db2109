// The paced load: a process of its own. Takes { port, requests, rate, seconds, connections } over IPC and sends `rate` of
// these requests a second, whether answers come or not; answers with the status and the milliseconds of each.
import { connect } from 'node:net';

const TICK_MS = 1;
const HEAD_END = Buffer.from('\r\n\r\n');
/** For what is still under way when the time is up. */
const PATIENCE_MS = 4_000;

class Line {
  constructor(port, onAnswer) {
    this.pending = Buffer.alloc(0);
    this.onAnswer = onAnswer;
    this.socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => this.take(chunk));
  }

  take(chunk) {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const headEnd = this.pending.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.pending.toString('latin1', 0, headEnd);
    const length = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.pending.length < length) return;
    this.pending = this.pending.subarray(length);
    this.onAnswer(this, head.slice(9, 12), performance.now() - this.sentAt);
  }

  send(request) {
    this.sentAt = performance.now();
    this.socket.write(request);
  }
}

async function run({ port, requests, rate, seconds, connections }) {
  const answers = {};
  const free = [];
  let [sent, answered, unsent, owed] = [0, 0, 0, 0];
  const onAnswer = (line, status, milliseconds) => {
    (answers[status] ??= []).push(milliseconds);
    answered += 1;
    free.push(line);
  };
  const lines = Array.from({ length: connections }, () => new Line(port, onAnswer));
  free.push(...lines);
  const began = performance.now();
  let credited = began;
  for (let now = began; now - began < seconds * 1000; now = performance.now()) {
    owed += ((now - credited) * rate) / 1000;
    credited = now;
    for (; owed >= 1; owed -= 1) {
      const line = free.shift();
      // A generator that cannot send says so, and does not send later what was due now.
      if (line === undefined) unsent += 1;
      else line.send(requests[sent++ % requests.length]);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const took = (performance.now() - began) / 1000;
  for (let waited = 0; answered < sent && waited < PATIENCE_MS; waited += TICK_MS)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  for (const { socket } of lines) socket.destroy();
  process.send({ answers, rate: sent / took, unsent, unanswered: sent - answered });
}

process.on('disconnect', () => process.exit());
process.on('message', (job) => void run(job));
