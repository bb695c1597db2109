// Requests as text, what they cost a server, and the rounds in which that is measured.

/** So many requests are on their way at once. */
export const CONNECTIONS = 16;

export function get(path, token) {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
}

export function json(path, body, token) {
  const bearer = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${bearer}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Breaks the signature of a token, differently for each number. */
export function broken(token, n) {
  const [head, payload, signature] = token.split('.');
  const other = Buffer.from(signature, 'base64url');
  other[n % other.length] ^= 1 + (n % 255);
  return `${head}.${payload}.${other.toString('base64url')}`;
}

/** CPU µs a request of one server over one batch; every answer must have the status that is meant. */
export async function cost(server, load, { requests, times, status }) {
  const before = await server.ask('cpu');
  const job = { port: server.port, requests, times, connections: CONNECTIONS, awake: true };
  const { statuses } = await load.send(job);
  const after = await server.ask('cpu');
  const count = requests.length * times;
  if (statuses[status] !== count)
    throw new Error(`${server.name}: wanted ${count} × ${status}, got ${JSON.stringify(statuses)}`);
  return (after.user + after.system - before.user - before.system) / count;
}

/**
 * Measures every line once in each round, in an order drawn anew, after rounds that only warm up: compilers and
 * caches. Answers the figures of each line by its name.
 */
export async function interleave(lines, rounds, warmUp) {
  const figures = Object.fromEntries(Object.keys(lines).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    progress(`round ${Math.max(round + 1, 0)} of ${rounds}`);
    for (const name of shuffled(Object.keys(lines))) {
      const figure = await lines[name]();
      if (round >= 0) figures[name].push(figure);
    }
  }
  progress('');
  return figures;
}

function shuffled(items) {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** On a terminal only, and over what stood there before. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
