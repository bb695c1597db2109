/** How long a sign-out may take to reach every node. */
const FEED_LIMIT_MS = 3_000;
const AT_ONCE = 8;
/** Of each person, the latest: after a long time there are many, and the rows of all of them were looked at. */
const MOST_ENDED = 5;

/**
 * Proves that what was acknowledged is so: in the database for everybody, and over HTTP for those who did something
 * since the last time. Traffic rests meanwhile.
 *
 * @returns how many facts were held against it
 */
export async function prove(world, traffic) {
  const everybody = [...traffic.people, ...traffic.gone];
  let facts = world.rows ? await proveRows(world, everybody) : 0;
  const touched = everybody.filter((person) => person.touched);
  const worker = async () => {
    for (let person; (person = touched.shift()); person.touched = false) {
      world.stopped?.throwIfAborted();
      const proved = await proveAnswers(world, person);
      facts += proved;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return facts;
}

async function proveRows({ rows }, people) {
  await rows.quiet();
  const users = await rows.users(people.map(({ email }) => email));
  const notes = await rows.notes(people.flatMap((person) => [...person.notes.keys()]));
  const live = people.flatMap(({ devices }) => devices);
  const ended = people.flatMap((person) => person.ended);
  const sessions = await rows.sessions([...live, ...ended].map(({ id }) => id));
  for (const person of people) {
    if (!users.has(person.email)) person.breach('writes', 'the account is not there');
    for (const [id, titles] of person.notes) {
      const title = notes.get(id) ?? null;
      if (!titles.has(title))
        person.breach('writes', `note ${id} is ${title}, not ${[...titles].join(' or ')}`);
    }
    for (const { id, counter } of person.devices) {
      const row = sessions.get(id);
      if (!row || row.ended) person.breach('sessions', `session ${id} has ended`);
      else if (row.counter !== counter)
        person.breach('sessions', `session ${id} is at ${row.counter}, not ${counter}`);
    }
    for (const { id } of person.ended)
      if (sessions.get(id)?.ended === false) person.breach('sign-outs', `session ${id} lives`);
  }
  return people.length + notes.size + sessions.size;
}

async function proveAnswers(world, person) {
  const { length: signedIn } = person.devices;
  const proof = await person.signIn();
  if (!proof) person.breach('writes', 'nobody can sign in');
  for (const device of [...person.devices]) {
    if (device === proof || device.over) continue;
    if (!(await person.refresh(device)))
      person.breach('sessions', `session ${device.id} cannot be refreshed`);
  }
  for (const device of person.ended.slice(-MOST_ENDED)) await proveEnded(world, person, device);
  for (const [id, titles] of proof ? person.notes : []) {
    const answer = await person.ask('GET', `/notes/${id}`, { token: proof.access });
    const title = answer?.status === 404 ? null : answer?.body?.title;
    if (!titles.has(title)) person.breach('writes', `note ${id} is answered ${answer?.status} ${title}`);
  }
  const proved = 1 + signedIn + person.ended.length + person.notes.size;
  if (proof) {
    const body = { refresh_token: proof.token };
    person.expect(await person.ask('POST', '/auth/logout', { body }), 204, 'the sign-out of the proof');
    person.forget(proof);
  }
  // Each once over HTTP: its row is looked at every time.
  person.ended = [];
  return proved;
}

async function proveEnded({ wire, nodes }, person, device) {
  const body = { refresh_token: device.token };
  const answer = await person.ask('POST', '/auth/refresh', { body });
  if (answer?.status !== 401)
    person.breach('sign-outs', `a token of ${device.id} is answered ${answer?.status}`);
  for (const { origin } of nodes) {
    const ask = () =>
      wire.ask('GET', origin, '/protected', { token: device.access, address: person.address });
    const until = performance.now() + FEED_LIMIT_MS;
    const refused = await wire.persist(ask, { until, again: (given) => given?.status !== 401 });
    if (!refused) person.breach('sign-outs', `an access token of ${device.id} is taken`);
  }
}
