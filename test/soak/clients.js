import { readToken } from '../traffic/rows.js';

export const PASSWORD = 'correct horse battery staple';

/** What the service may keep a client waiting before the grace is over: then it asks no more. */
const MARGIN_MS = 12_000;
/** One reply in so many is lost; the last tries of a client arrive, so that it ends. */
const LOST_ONE_IN = 8;
const TRIES_THAT_MAY_BE_LOST = 3;
/** Half of the lost replies are lost when they come, the other half at any moment up to this. */
const LOST_WITHIN_MS = 150;
const LOST_WHEN_IT_COMES_MS = 60_000;

/** One device that is signed in: what it holds, and what it has held. */
export class Client {
  /** Tokens it has traded, the latest last. */
  spent = [];
  /** Whether its session should live. */
  lives = true;
  /** Whether thieves presented its tokens while it did. */
  raced = false;
  /** How many answers with a token it was given in the storm. */
  answers = 0;
  #world;

  constructor(world, { access_token, refresh_token }) {
    this.#world = world;
    this.access = access_token;
    this.token = refresh_token;
    Object.assign(this, readToken(refresh_token));
  }

  static async signIn(world, email, origin) {
    const { status, body } =
      (await world.wire.ask('POST', origin, '/auth/login', { body: { email, password: PASSWORD } })) ?? {};
    if (status !== 200) throw new Error(`${email} was not signed in: ${status} ${JSON.stringify(body)}`);
    return new Client(world, body);
  }

  /**
   * Presents its token so many times at once, spread over the nodes, and sends again within the grace whatever
   * was lost. Only when all of that has ended it goes on to the successor.
   */
  async refresh(width, { lossy = false } = {}) {
    const { wire, origins, graceMs } = this.#world;
    const until = performance.now() + graceMs - MARGIN_MS;
    const fate = (attempt) => (lossy && attempt < TRIES_THAT_MAY_BE_LOST ? loss() : undefined);
    const body = { refresh_token: this.token };
    const tabs = Array.from({ length: width }, (_, i) => {
      const turn = i % origins.length;
      const near = [...origins.slice(turn), ...origins.slice(0, turn)];
      const send = (attempt) =>
        wire.ask('POST', near[attempt % near.length], '/auth/refresh', { body, loseAfterMs: fate(attempt) });
      return wire.persist(send, { until });
    });
    const answers = (await Promise.all(tabs)).filter((answer) => answer !== undefined);
    this.#world.gaveUp += width - answers.length;
    if (lossy) this.answers += answers.filter(({ status }) => status === 200).length;
    return answers;
  }

  /** Goes on to the one successor that all answers of a round agree upon. */
  adopt(answers) {
    const { breaches } = this.#world;
    const given = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 401);
    if (refused.length > 0) {
      breaches.add('logouts', `${this.id}: ${refused.length} of ${answers.length} refused`);
    }
    const others = answers.length - given.length - refused.length;
    if (others > 0) breaches.add('others', `${this.id}: ${answers.map(({ status }) => status).join(' ')}`);
    const successors = new Set(given.map(({ body }) => body.refresh_token));
    if (successors.size > 1) breaches.add('forks', `${this.id}: ${successors.size} successors of one token`);
    if (successors.size === 0) return;
    const [successor] = successors;
    const { id, counter, random } = readToken(successor);
    if (id !== this.id || counter !== this.counter + 1 || random !== this.random) {
      breaches.add('forks', `${this.id}: counter ${this.counter} was followed by ${counter} of ${id}`);
    }
    this.spent.push(this.token);
    this.token = successor;
    this.access = given.at(-1).body.access_token;
    this.counter += 1;
  }

  /** One refresh token, presented once. */
  present(token, origin) {
    return this.#world.wire.ask('POST', origin, '/auth/refresh', { body: { refresh_token: token } });
  }

  /** The code with which its access token is refused there; undefined where it is taken. */
  async refusalAt(origin) {
    const answer = await this.#world.wire.ask('GET', origin, '/protected', { token: this.access });
    return answer?.status === 200 ? undefined : (answer?.body?.code ?? 'no answer');
  }
}

/** When a reply is lost; undefined where it arrives. */
function loss() {
  if (Math.random() * LOST_ONE_IN >= 1) return undefined;
  return Math.random() < 0.5 ? LOST_WHEN_IT_COMES_MS : Math.random() * LOST_WITHIN_MS;
}
