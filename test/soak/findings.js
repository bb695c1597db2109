/** A node that was just killed may not be ready at once. */
const READY_TRIES = 20;

/**
 * Waits until nothing that was sent is under way any more: a request whose reply was lost may still be. The
 * readiness of a node waits in the same queue for a connection, behind all that came before.
 */
export async function settle({ wire, origins, rows }) {
  wire.close();
  for (const origin of origins) {
    let tries = READY_TRIES;
    while ((await wire.ask('GET', origin, '/health/ready'))?.status !== 200) {
      if (--tries === 0) throw new Error('A node does not get ready again.');
    }
  }
  await rows.quiet();
}

/** What the rows say, against what the clients hold. */
export async function compare({ rows, breaches }, clients) {
  const found = await rows.sessions();
  for (const { id, counter, random, lives } of clients) {
    const row = found.get(id);
    if (lives && row.ended) breaches.add('bystanders', `${id}: ended`);
    if (!lives && !row.ended) breaches.add('missed', `${id}: lives on after a replay`);
    if (row.random !== random) breaches.add('others', `${id}: its random bytes changed`);
    if (lives && row.counter !== counter)
      breaches.add('forks', `${id}: at ${row.counter}, its client at ${counter}`);
  }
}
