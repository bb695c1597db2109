import { Logger } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../platform/clock/index.js';
import type { Database } from '../platform/database/index.js';
import { Events, type DomainEvent, type Origin } from '../platform/events/index.js';
import { Refusals } from '../platform/limits/index.js';
import type { Timers } from '../platform/timers/index.js';
import type { ProblemDefinition } from '../platform/problem/index.js';
import type { AuditRepository } from './audit.repository.js';
import { FoldedRefusals } from './folded-refusals.js';
import { FoldedRefusalsService } from './folded-refusals.service.js';

Logger.overrideLogger(false);

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-11-23T01:02:03.456Z');

function from(ip: string): Origin {
  return { via: 'http', actorId: null, ip, agent: 'a/1', requestId: 'r' };
}

const STATUSES = new Map([
  ['rate_limited', 429],
  ['service_overloaded', 503],
  ['service_unavailable', 503],
  ['forbidden', 403],
  ['not_yours', 403],
  ['invalid_token', 401],
  ['token_expired', 401],
  ['not_found', 404],
]);

function told(code: string): ProblemDefinition {
  return { code, status: STATUSES.get(code)!, title: { en: '', ko: '' }, detail: { en: '', ko: '' } };
}

/** The service with time, and a database that a test takes away. */
function folding() {
  const written: DomainEvent[] = [];
  const state = { now: START_MS, away: false, writeDue: () => Promise.resolve() };
  const events = new Events();
  events.onAny((_, event) => void written.push(event));
  const transaction = async (work: (tx: object) => Promise<void>) => {
    if (state.away) throw new Error('the database is away');
    await work({});
  };
  const refusals = new Refusals();
  const repository = { deletedOf: () => Promise.resolve(new Set()) };
  const folded = new FoldedRefusals({ millis: () => state.now } as Clock, refusals);
  const service = new FoldedRefusalsService(
    { transaction } as unknown as Database,
    repository as unknown as AuditRepository,
    events,
    folded,
    {
      every: (_: number, __: string, run: () => Promise<void>) => (state.writeDue = run),
    } as unknown as Timers,
  );
  const rows = () =>
    written.splice(0).map(({ type, origin, subject, details }) => {
      expect([type, subject]).toEqual(['audit.requests_refused', {}]);
      const { since, ...counts } = details;
      return [origin.ip, since, counts];
    });
  const refuse = (ip: string, code: string, actorId: string | null = null) =>
    refusals.tell({ ...from(ip), actorId }, told(code));
  return { state, service, rows, refuse };
}

const at = (ms: number) => new Date(ms).toISOString();

describe('a flood of refusals', () => {
  it('429 and 503 of an address and a minute are one row, with how many there were of each', async () => {
    const { state, rows, refuse } = folding();
    for (let n = 0; n < 3; n++) refuse('192.0.2.1', 'rate_limited');
    state.now += MINUTE_MS - 1;
    refuse('192.0.2.1', 'service_overloaded');
    refuse('192.0.2.2', 'service_unavailable');
    await state.writeDue();
    expect(rows()).toEqual([]);
    state.now += 1;
    await state.writeDue();
    expect(rows()).toEqual([['192.0.2.1', at(START_MS), { rate_limited: 3, service_overloaded: 1 }]]);
    refuse('192.0.2.1', 'rate_limited');
    state.now += MINUTE_MS - 1;
    await state.writeDue();
    expect(rows()).toEqual([['192.0.2.2', at(START_MS + MINUTE_MS - 1), { service_unavailable: 1 }]]);
    state.now += 1;
    await state.writeDue();
    expect(rows()).toEqual([['192.0.2.1', at(START_MS + MINUTE_MS), { rate_limited: 1 }]]);
  });

  it('of one caller are not those of another at the same address, and what is everyday is not counted', async () => {
    const { state, rows, refuse } = folding();
    for (const code of ['forbidden', 'not_yours', 'invalid_token', 'token_expired', 'not_found'])
      for (const actor of ['kim', null]) refuse('192.0.2.1', code, actor);
    refuse('192.0.2.1', 'forbidden', 'kim');
    state.now += MINUTE_MS;
    await state.writeDue();
    expect(rows()).toEqual([
      ['192.0.2.1', at(START_MS), { forbidden: 2, not_yours: 1, invalid_token: 1 }],
      ['192.0.2.1', at(START_MS), { forbidden: 1, not_yours: 1, invalid_token: 1 }],
    ]);
  });

  it('from an IPv6 network of one’s own is one row: its addresses are one client', async () => {
    const { state, rows, refuse } = folding();
    for (let n = 1; n <= 50; n++) refuse(`2001:db8::${n}`, 'rate_limited');
    state.now += MINUTE_MS;
    await state.writeDue();
    expect(rows()).toEqual([['2001:db8::/64', at(START_MS), { rate_limited: 50 }]]);
  });

  it('from more addresses than are remembered is bounded: those beyond are one row of nobody’s', async () => {
    const { state, rows, refuse } = folding();
    for (let n = 0; n < 10_005; n++) refuse(`10.0.${n >> 8}.${n & 255}`, 'rate_limited');
    refuse('10.0.0.0', 'rate_limited');
    state.now += MINUTE_MS;
    await state.writeDue();
    const all = rows();
    expect(all).toHaveLength(10_001);
    expect(all[0]![2]).toEqual({ rate_limited: 2 });
    expect(all.at(-1)).toEqual([null, at(START_MS), { rate_limited: 5 }]);
  });

  it('is kept while the database is away, and added to what comes meanwhile', async () => {
    const { state, rows, refuse } = folding();
    refuse('192.0.2.1', 'service_unavailable');
    state.now += MINUTE_MS;
    state.away = true;
    await expect(state.writeDue()).rejects.toThrow('away');
    refuse('192.0.2.1', 'service_unavailable');
    state.away = false;
    await state.writeDue();
    expect(rows()).toEqual([['192.0.2.1', at(START_MS), { service_unavailable: 2 }]]);
  });

  it('is written at a stop, before its minute is over; a database that is away does not keep it from stopping', async () => {
    const { state, service, rows, refuse } = folding();
    refuse('192.0.2.1', 'rate_limited');
    await service.beforeApplicationShutdown();
    expect(rows()).toEqual([['192.0.2.1', at(START_MS), { rate_limited: 1 }]]);
    refuse('192.0.2.1', 'rate_limited');
    state.away = true;
    await expect(service.beforeApplicationShutdown()).resolves.toBeUndefined();
  });
  it('is written once where a stop comes while the timer writes', async () => {
    const { state, service, rows, refuse } = folding();
    for (let n = 0; n < 150; n++) refuse(`192.0.2.${n}`, 'rate_limited');
    state.now += MINUTE_MS;
    await Promise.all([state.writeDue(), service.beforeApplicationShutdown()]);
    expect(rows()).toHaveLength(150);
  });
});
