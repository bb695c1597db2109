import { describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '../platform/events/index.js';
import { headFromText, headToText, link, START, type Head } from './audit-chain.js';
import { macOf, recordOf } from './audit-record.js';
import { BEGINNING, ChainWalk, type Finding, type PlacedRecord, type WalkState } from './chain-walk.js';

const KEY = Buffer.alloc(32, 1);
const KEYS = new Map([['one', KEY]]);
const ROWS = 12;

function eventOf(n: number): DomainEvent {
  const origin = {
    via: 'http',
    actorId: `actor-${n}`,
    ip: `192.0.2.${n}`,
    agent: 'a/1',
    requestId: `r-${n}`,
  } as const;
  return {
    type: 'auth.logged_in',
    origin,
    subject: { id: `s-${n}`, email: `${n}@example.com` },
    details: { n },
  };
}

function written(event: DomainEvent, n: number, key = KEY, keyId = 'one'): PlacedRecord {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const record = recordOf(event, id, new Date(1_800_000_000_000 + n));
  return { ...record, keyId, mac: macOf(key, record), sealNo: null, sealMac: null };
}

function sealed(rows: readonly PlacedRecord[], key = KEY, from: Head = START): PlacedRecord[] {
  let head = from;
  return rows.map((row) => {
    head = link(key, head, row.mac);
    return { ...row, sealNo: head.no, sealMac: head.mac };
  });
}

const genuine = (): PlacedRecord[] =>
  sealed(Array.from({ length: ROWS }, (_, i) => written(eventOf(i + 1), i + 1)));

interface Walked {
  readonly keys?: ReadonlyMap<string, Buffer>;
  readonly from?: WalkState;
  readonly expected?: Head;
  readonly counted?: number;
}

/** As the database gives the rows: in the order of their numbers, those without one last. */
function walk(rows: readonly PlacedRecord[], options: Walked = {}): { found: string[]; state: WalkState } {
  const { keys = KEYS, from = BEGINNING, expected } = options;
  const walked = new ChainWalk(keys, from, expected);
  const inOrder = rows.filter(({ sealNo }) => sealNo !== null).sort((a, b) => a.sealNo! - b.sealNo!);
  inOrder.forEach((row) => walked.step(row));
  rows.filter(({ sealNo }) => sealNo === null).forEach((row) => walked.examine(row));
  walked.end(options.counted ?? walked.state.rows);
  return { found: walked.found.map(shown), state: walked.state };
}

const shown = ({ kind, seal_no, to_seal_no }: Finding) =>
  `${kind} ${seal_no}${to_seal_no === undefined || to_seal_no === seal_no ? '' : `-${to_seal_no}`}`;

function changed(rows: PlacedRecord[], no: number, change: Partial<PlacedRecord>): PlacedRecord[] {
  return rows.map((row) => (row.sealNo === no ? { ...row, ...change } : row));
}

describe('the audit chain', () => {
  const rows = genuine();
  const genuineHead = (no: number): Buffer => rows[no - 1]!.sealMac!;

  it('stands as it was written', () => {
    const { found, state } = walk(rows);
    expect(found).toEqual([]);
    expect(state.rows).toBe(ROWS);
    expect(state.head).toBe(headToText({ no: ROWS, mac: genuineHead(ROWS) }));
  });

  const EDITS: Partial<PlacedRecord>[] = [
    { at: new Date(0) },
    { type: 'auth.logged_out' },
    { via: 'service' },
    { actorId: 'another' },
    { actorId: null },
    { subjectId: 'another' },
    { requestId: null },
    { details: '{"n":8}' },
    { details: '{"n": 7}' },
    { id: '00000000-0000-7000-8000-00000000ffff' },
    { email: 'other@example.com' },
    { email: null },
    { ip: '198.51.100.1' },
    { ip: null, agent: null },
    { agent: 'b/2' },
    { subjectSalt: Buffer.alloc(16) },
    { subjectHash: null, subjectSalt: null, email: null },
    { actorHash: Buffer.alloc(32) },
    { actorSalt: null },
  ];
  it.each(EDITS)('edit: %j is located', (edit) => {
    expect(walk(changed(rows, 7, edit)).found[0]).toBe('edited 7');
  });

  it.each([1, 2, 7, ROWS - 1])('deletion: of row %i, and of several, is located', (no) => {
    expect(walk(rows.filter(({ sealNo }) => sealNo !== no)).found).toEqual([`missing ${no}`]);
  });

  it('deletion: of a stretch is located from end to end', () => {
    expect(walk(rows.filter(({ sealNo }) => sealNo! < 4 || sealNo! > 8)).found).toEqual(['missing 4-8']);
  });

  it('deletion: closing the gap by renumbering what follows is seen from there on', () => {
    const closed = rows
      .filter(({ sealNo }) => sealNo !== 5)
      .map((row) => ({
        ...row,
        sealNo: row.sealNo! > 5 ? row.sealNo! - 1 : row.sealNo,
      }));
    expect(walk(closed).found[0]).toMatch(/^misplaced 5/);
  });

  it('reordering: two rows that change places are located', () => {
    const [five, nine] = [rows[4]!, rows[8]!];
    const swapped = changed(changed(rows, 5, { ...nine, sealNo: 5, sealMac: five.sealMac }), 9, {
      ...five,
      sealNo: 9,
      sealMac: nine.sealMac,
    });
    expect(walk(swapped).found).toEqual(['misplaced 5', 'misplaced 9']);
  });

  it('reordering: rows that take their seals along are located, and what followed them', () => {
    const swapped = rows.map((row) => ({ ...row, sealNo: { 5: 9, 9: 5 }[row.sealNo!] ?? row.sealNo }));
    expect(walk(swapped).found).toEqual(['misplaced 5-6', 'misplaced 9-10']);
  });

  it('forged row: without SECRET_KEY none is taken, sealed or not yet', () => {
    const foreign = Buffer.alloc(32, 9);
    const forged = written(eventOf(13), 13, foreign);
    const [end] = sealed([forged], foreign, { no: ROWS, mac: genuineHead(ROWS) });
    expect(walk([...rows, end!]).found).toEqual(['edited 13', 'misplaced 13']);
    expect(walk([...rows, forged]).found).toEqual(['edited null']);
    // The sealer chains what it finds; that does not make it genuine.
    const chained = sealed([forged], KEY, { no: ROWS, mac: genuineHead(ROWS) });
    expect(walk([...rows, ...chained]).found).toEqual(['edited 13']);
  });

  it('replayed row: a genuine one is not genuine under another id, nor twice in the chain', () => {
    const copy = { ...rows[2]!, id: '00000000-0000-7000-8000-00000000eeee', sealNo: null, sealMac: null };
    expect(walk([...rows, copy]).found).toEqual(['edited null']);
    const twice = [...rows, { ...rows[2]!, sealNo: 13, sealMac: rows[2]!.sealMac }];
    expect(walk(twice).found).toEqual(['misplaced 13']);
    // Taken out of its place, to be sealed anew at the end.
    const moved = changed(rows, 3, { sealNo: null, sealMac: null });
    expect(walk(moved).found).toEqual(['missing 3']);
  });

  it('a second row of one number, or one before the first', () => {
    expect(walk(rows, { counted: ROWS + 1 }).found).toEqual(['surplus null']);
    // The last row, genuine in every way but under the number of the one before it.
    expect(walk(changed(rows, ROWS, { sealNo: ROWS - 1 })).found).toEqual([`misplaced ${ROWS - 1}`]);
    const forged = written(eventOf(7), 99, Buffer.alloc(32, 9));
    expect(walk([...rows, { ...forged, sealNo: 7, sealMac: genuineHead(7) }]).found).toContain('misplaced 7');
  });

  it('truncation: a tail that is cut off is missed by nobody but who knows the head', () => {
    const cut = rows.slice(0, 8);
    const expected = { no: ROWS, mac: genuineHead(ROWS) };
    expect(walk(cut).found).toEqual([]);
    expect(walk(cut, { expected }).found).toEqual(['cut 9-12']);
    expect(walk(rows, { expected }).found).toEqual([]);
    expect(walk(rows, { expected: { no: 8, mac: genuineHead(8) } }).found).toEqual([]);
    expect(walk([], { expected }).found).toEqual(['cut 1-12']);
    // Cut, and grown on since by the service itself.
    const grown = sealed(
      [21, 22, 23, 24, 25].map((n) => written(eventOf(n), n)),
      KEY,
      {
        no: 8,
        mac: genuineHead(8),
      },
    );
    expect(walk([...cut, ...grown]).found).toEqual([]);
    expect(walk([...cut, ...grown], { expected }).found).toEqual(['other_head 12']);
  });

  describe('rotation', () => {
    const [second, third] = [Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
    const at = (no: number, mac: Buffer) => ({ no, mac });
    // Of each key, the last row was written before the change and sealed after it.
    const middle = sealed(
      [written(eventOf(30), 30), written(eventOf(31), 31, second, 'two')],
      second,
      at(ROWS, genuineHead(ROWS)),
    );
    const last = sealed(
      [written(eventOf(32), 32, second, 'two'), written(eventOf(33), 33, third, 'three')],
      third,
      at(ROWS + 2, middle[1]!.sealMac!),
    );
    const all = [...rows, ...middle, ...last];
    const keys = (...names: string[]) =>
      new Map(
        Object.entries({ one: KEY, two: second, three: third }).filter(([name]) => names.includes(name)),
      );

    it('rows of former keys are verified with them, and named without', () => {
      expect(walk(all, { keys: keys('three', 'two', 'one') }).found).toEqual([]);
      expect(walk(all, { keys: keys('three', 'two') }).found).toEqual([`foreign_key 1-${ROWS + 1}`]);
      expect(walk(all, { keys: keys('three') }).found).toEqual([`foreign_key 1-${ROWS + 3}`]);
    });

    it('edit: of a row of a former key is located with it', () => {
      const edited = changed(all, 2, { details: '{}' });
      expect(walk(edited, { keys: keys('three', 'two', 'one') }).found).toEqual(['edited 2']);
    });

    it('edit: passed off as a row of a key that is not at hand is a finding as well', () => {
      const odd = changed(all, 2, { details: '{}', keyId: 'odd' });
      expect(walk(odd, { keys: keys('three', 'two', 'one') }).found).toEqual(['foreign_key 2']);
    });

    it('forged row: a former key vouches for none that says it is of another', () => {
      const claimed = changed(all, 14, { keyId: 'one' });
      expect(walk(claimed, { keys: keys('three', 'two', 'one') }).found).toEqual(['edited 14']);
    });
  });

  it('erasing a person leaves the chain valid; erasing without a record does not', () => {
    const gone = { email: null, subjectSalt: null, ip: null, agent: null, actorSalt: null };
    const erased = changed(rows, 4, gone);
    expect(walk(erased).found).toEqual(['erased_unrecorded null']);
    const origin = { via: 'service', actorId: null, ip: null, agent: null, requestId: null } as const;
    const record = (groups: number) =>
      written({ type: 'audit.erased', origin, subject: { id: 's-4' }, details: { groups } }, 40);
    expect(walk([...erased, record(2)]).found).toEqual([]);
    expect(walk([...erased, record(1)]).found).toEqual(['erased_unrecorded null']);
    expect(walk([...changed(erased, 5, gone), record(2)]).found).toEqual(['erased_unrecorded null']);
    const forged = { ...record(1), details: '{"groups":2}' };
    expect(walk([...erased, forged]).found).toEqual(['edited null', 'erased_unrecorded null']);
    // The hash of what was erased tells nothing without its salt, and another value does not fit it.
    expect(walk(changed(rows, 4, { ...gone, email: 'x@example.com' })).found[0]).toBe('edited 4');
  });

  it('is walked in stretches as in one', () => {
    const broken = changed(rows, 7, { type: 'a.b' });
    const first = new ChainWalk(KEYS, BEGINNING);
    broken.slice(0, 7).forEach((row) => first.step(row));
    const handedOver = JSON.parse(JSON.stringify(first.state)) as WalkState;
    const rest = walk(broken.slice(7), { from: handedOver });
    expect(first.found.map(shown)).toEqual(['edited 7']);
    expect(rest.found).toEqual([]);
    expect(rest.state).toEqual(walk(broken).state);
  });

  it('tells a thousand findings by their number, and a hundred of them in full', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ ...written(eventOf(i), i), details: '' }));
    const { found, state } = walk(many);
    expect([found.length, state.findings]).toEqual([100, 1000]);
  });
});

describe('a head', () => {
  it('is read as it is written, and nothing else is', () => {
    const head = { no: 12, mac: Buffer.alloc(32, 7) };
    expect(headFromText(headToText(head))).toEqual(head);
    const text = headToText(head);
    for (const odd of [
      '',
      '12',
      text.slice(0, -1),
      `${text}A`,
      ` ${text}`,
      text.replace('12', '012'),
      `-${text}`,
    ]) {
      expect(headFromText(odd)).toBeUndefined();
    }
  });
});
