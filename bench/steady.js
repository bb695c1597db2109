// The steady load: a process of its own. Takes { port, requests, connections, rate } over IPC and sends `rate` of
// these requests a second until it is told to stop; then answers with what came back. While every connection waits for
// an answer, requests are owed, and sent as soon as one is free: `leftBehind` says how many were owed at the end.
import { connect } from 'node:net';
import { wholeAnswer } from './answers.js';

const TICK_MS = 5;

class Line {
  constructor(port, onAnswer) {
    this.pending = Buffer.alloc(0);
    this.busy = false;
    this.socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('error', (error) => {
      throw error;
    });
    this.socket.on('data', (chunk) => {
      this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
      const answer = wholeAnswer(this.pending);
      if (answer === undefined) return;
      this.pending = this.pending.subarray(answer.length);
      this.busy = false;
      onAnswer(answer.status, this);
    });
  }

  send(request) {
    this.busy = true;
    this.socket.write(request);
  }
}

let stop;

function begin({ port, requests, connections, rate }) {
  const statuses = {};
  let sent = 0;
  let owed = 0;
  const free = [];
  const lines = Array.from({ length: connections }, () => {
    const line = new Line(port, (status, answered) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (owed >= 1) take(answered);
      else free.push(answered);
    });
    free.push(line);
    return line;
  });
  const take = (line) => {
    owed -= 1;
    line.send(requests[sent++ % requests.length]);
  };
  const started = performance.now();
  let credited = started;
  const timer = setInterval(() => {
    const now = performance.now();
    owed += ((now - credited) * rate) / 1000;
    credited = now;
    while (owed >= 1 && free.length > 0) take(free.shift()); // in turn: one left idle would be closed
  }, TICK_MS);
  stop = () => {
    clearInterval(timer);
    lines.forEach(({ socket }) => socket.destroy());
    const seconds = (performance.now() - started) / 1000;
    const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
    process.send({ rate: answered / seconds, seconds, statuses, leftBehind: Math.floor(owed) });
  };
}

process.on('disconnect', () => process.exit());
process.on('message', (job) => (job === 'stop' ? stop() : begin(job)));
