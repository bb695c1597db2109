import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Stage } from './support/stage.js';
import { ServerDatabase } from './storage/storage-fixture.js';

const LIMIT_MS = 300_000;
/** Longer, so that the program's own limit, which tells what it had said, comes first. */
jest.setTimeout(LIMIT_MS + 30_000);

const SESSIONS = 1000;
const AT_ONCE = 20;
const KILLS = 4;

/** What the storm did, and what it found. */
interface Report {
  readonly sessions: number;
  readonly requests: number;
  readonly lost: number;
  readonly kills: number;
  readonly cut: number;
  readonly retries: number;
  readonly replays: number;
  readonly caught: number;
  readonly races: number;
  readonly breaches: Record<string, number>;
  readonly examples: readonly string[];
}

const stage = new Stage();
/** Undefined where no server runs; on the CI machine that fails. */
const database = await ServerDatabase.create();

afterEach(() => stage.end());
afterAll(async () => {
  stage.remove();
  await database?.drop();
});

/** `npm run soak:refresh` in small: the same program. */
(database ? describe : describe.skip)(
  '1,000 sessions × 20 refreshes at once, on two nodes that are killed',
  () => {
    let report: Report;

    beforeAll(async () => {
      const args = ['test/soak/refresh-storm.js', '--json', '--database', database!.url];
      const numbers = { sessions: SESSIONS, width: AT_ONCE, kills: KILLS };
      const options = Object.entries(numbers).flatMap(([name, n]) => [`--${name}`, `${n}`]);
      const { stdout, stderr } = await stage.program(process.execPath, [...args, ...options]).ended(LIMIT_MS);
      if (!stdout.startsWith('{')) throw new Error(`The storm did not come to its end.\n${stdout}${stderr}`);
      report = JSON.parse(stdout) as Report;
      if (report.examples.length > 0) process.stderr.write(`${stdout}${stderr}`);
    });

    const broken = (kind: string) => report.breaches[kind];

    it('raged: every token 20 times, with lost replies and a kill for every fifth of the sessions', () => {
      expect(report).toMatchObject({ sessions: SESSIONS, kills: KILLS });
      expect(report.requests).toBeGreaterThan(SESSIONS * AT_ONCE);
      expect(report.lost).toBeGreaterThan(SESSIONS);
      expect(report.cut).toBeGreaterThan(0);
      expect(report.retries).toBeGreaterThan(SESSIONS);
    });

    it('no client that retries within the grace is signed out', () => {
      expect(broken('logouts')).toBe(0);
    });

    it('forking a session: no token has two successors, not in a race with a thief either', () => {
      expect(report.races).toBe(SESSIONS / 4);
      expect(broken('forks')).toBe(0);
    });

    it('replay outside the grace: refused at first use, the session and its access tokens dead', () => {
      expect([report.replays, report.caught]).toEqual([SESSIONS / 2, SESSIONS / 2]);
      expect(broken('missed')).toBe(0);
    });

    it('a replay ends no other session, not of the same user either', () => {
      expect(broken('bystanders')).toBe(0);
    });

    it('every repetition and every reuse is audited, and nothing else as a reuse', () => {
      expect(broken('unaudited')).toBe(0);
    });

    it('nothing was answered, and no row changed, in any other way', () => {
      expect(broken('others')).toBe(0);
    });
  },
);
