import { setTimeout as pause } from 'node:timers/promises';
import { anyAct } from './acts.js';
import { Person } from './person.js';

const TICK_MS = 10;
/** One act in so many is the registration of somebody new, for whom the longest here goes. */
const ACTS_A_NEWCOMER = 50;
const SETTLING_AT_ONCE = 8;

/** Mixed requests of many people, at a steady rate as long as enough of them are not waiting for something. */
export class Traffic {
  /** Acts that were due and that nobody was free to do. */
  missed = 0;
  people = [];
  /** Who signed out for good: what was acknowledged to them still holds. */
  gone = [];
  #world;
  #rate;
  #timer;
  #credited;
  #owed = 0;
  #acts = 0;
  #registered = 0;
  #underWay = new Set();

  constructor(world, rate) {
    this.#world = world;
    this.#rate = rate;
  }

  /** Registers so many people, each signed in somewhere. */
  async settle(count, progress) {
    const worker = async () => {
      while (this.#registered < count) {
        await this.#admit();
        progress?.(this.people.length, count);
        this.#world.stopped?.throwIfAborted();
      }
    };
    await Promise.all(Array.from({ length: SETTLING_AT_ONCE }, worker));
    if (this.people.length < count) throw new Error(`${count - this.people.length} could not register.`);
  }

  start() {
    this.#credited = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Nobody begins anything any more, and what is under way has come to its end. */
  async stop() {
    clearInterval(this.#timer);
    while (this.#underWay.size > 0) await Promise.race([...this.#underWay, pause(100)]);
  }

  #tick() {
    const now = performance.now();
    this.#owed += ((now - this.#credited) * this.#rate) / 1000;
    this.#credited = now;
    for (; this.#owed >= 1; this.#owed -= 1) {
      this.#acts += 1;
      if (this.#acts % ACTS_A_NEWCOMER === 0) this.#begin(this.#replaceOldest());
      else this.#act();
    }
  }

  #act() {
    const free = this.people.filter(({ busy }) => !busy);
    const person = free[Math.floor(Math.random() * free.length)];
    if (!person) return void (this.missed += 1);
    person.busy = person.touched = true;
    this.#begin(anyAct()(person).finally(() => (person.busy = false)));
  }

  async #replaceOldest() {
    if (!(await this.#admit())) return;
    const oldest = this.people.find(({ busy }) => !busy);
    if (!oldest) return;
    this.people.splice(this.people.indexOf(oldest), 1);
    this.gone.push(oldest);
    // As who closes the browser and never comes back: the sessions expire.
    oldest.devices = [];
  }

  async #admit() {
    const person = new Person(this.#world, this.#registered++);
    if (!(await person.register())) return false;
    await person.signIn();
    person.touched = true;
    this.people.push(person);
    return true;
  }

  #begin(work) {
    const done = work
      .catch((error) => this.#world.breaches.add('answers', error.stack))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }
}
