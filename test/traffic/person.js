import { randomBytes } from 'node:crypto';
import { Device } from './device.js';

/** What was not answered for good is asked again: the answer said nothing, or no node gave one. */
const AGAIN = (answer) => !answer || answer.status >= 500;
/** How long somebody goes on asking. A refresh repeats within REFRESH_GRACE, less what one try may take. */
const PATIENCE_MS = 60_000;
/** Oftener would meet the limits of what one session or address may ask. */
const LONGEST_PAUSE_MS = 1_500;

/** One honest client: what was acknowledged to it, and what it therefore expects. One thing at a time. */
export class Person {
  busy = false;
  devices = [];
  /** Devices of which the sign-out was acknowledged. */
  ended = [];
  /** By id, the titles that each may have; null where it may be gone. Several only where an answer was lost. */
  notes = new Map();
  #world;

  constructor(world, n) {
    this.#world = world;
    this.email = `person-${n}@example.com`;
    this.address = world.addressOf(n);
    this.password = newPassword();
  }

  ask(method, path, how) {
    const { wire, origin } = this.#world;
    return wire.ask(method, origin, path, { ...how, address: this.address });
  }

  /** Until it is answered; undefined where the patience is at its end. */
  persist(method, path, how, patienceMs = PATIENCE_MS) {
    const until = performance.now() + patienceMs;
    const pauses = { again: AGAIN, longestPauseMs: LONGEST_PAUSE_MS };
    return this.#world.wire.persist(() => this.ask(method, path, how), { until, ...pauses });
  }

  /** Whether it was answered as it had to be. Anything else that was answered for good is a breach. */
  expect(answer, statuses, what) {
    if (AGAIN(answer)) return false;
    if ([statuses].flat().includes(answer.status)) return true;
    this.breach('answers', `${what} is answered ${answer.status} ${answer.body?.code ?? ''}`);
    return false;
  }

  breach(kind, what) {
    this.#world.breaches.add(kind, `${this.email}: ${what}`);
  }

  /** False where nobody said that the account is there. */
  async register() {
    const body = { email: this.email, password: this.password };
    const first = await this.ask('POST', '/auth/register', { body });
    if (!AGAIN(first)) return this.expect(first, 201, 'a registration');
    const answer = await this.persist('POST', '/auth/register', { body });
    // Taken: by the try before, of which the answer was lost.
    return this.expect(answer, [201, 409], 'a repeated registration');
  }

  async signIn() {
    const body = { email: this.email, password: this.password };
    const answer = await this.ask('POST', '/auth/login', { body });
    if (!this.expect(answer, 200, 'a sign-in')) return undefined;
    const device = new Device(answer.body);
    this.devices.push(device);
    return device;
  }

  /** A device whose access token is good; undefined where there is none now. */
  async device() {
    this.devices = this.devices.filter(({ over }) => !over);
    const device = this.devices.at(Math.floor(Math.random() * this.devices.length));
    if (!device) return this.signIn();
    if (!device.stale) return device;
    return (await this.refresh(device)) ? device : undefined;
  }

  /** Trades its token, and asks again within the grace where the answer was lost. */
  async refresh(device) {
    const { graceMs, patienceMs } = this.#world;
    const body = { refresh_token: device.token };
    const answer = await this.persist('POST', '/auth/refresh', { body }, graceMs - patienceMs);
    if (!answer) {
      // The grace is over, and what became of the session is unknown: documented, and no breach.
      this.#world.gaveUp += 1;
      this.forget(device);
      return false;
    }
    if (answer.status !== 200) {
      this.breach('sessions', `a refresh of ${device.id} is answered ${answer.status} ${answer.body?.code}`);
      this.forget(device);
      return false;
    }
    const { id, counter, random } = device;
    device.adopt(answer.body);
    if (device.id !== id || device.random !== random || device.counter !== counter + 1)
      this.breach(
        'sessions',
        `counter ${counter} of ${id} was followed by ${device.counter} of ${device.id}`,
      );
    return true;
  }

  forget(device) {
    this.devices = this.devices.filter((one) => one !== device);
  }

  /** The sign-out of all of them was acknowledged, but for this one. */
  endAll(but) {
    this.ended.push(...this.devices.filter((device) => device !== but));
    this.devices = but ? [but] : [];
  }
}

export function newPassword() {
  return `${randomBytes(9).toString('base64url')} is long enough`;
}
