import { constantTimeEqual } from '../platform/crypto/index.js';
import { follows, headFromText, headToText, START, type Head } from './audit-chain.js';
import { erasedOf, macOf, personalIsIntact, type AuditRecord } from './audit-record.js';
import { Erased } from './audit.events.js';

/** What was found, and where. */
export interface Finding {
  readonly kind:
    /** Its content is not what the service wrote; or the service never wrote it. */
    | 'edited'
    /** There are no rows with these numbers. */
    | 'missing'
    /** It does not follow from the row before: moved, put in, or what it followed is gone. */
    | 'misplaced'
    /** Written under a key that is not at hand: it can be neither confirmed nor doubted. */
    | 'foreign_key'
    /** The chain ends before the head that was given. */
    | 'cut'
    /** At the place of the head that was given stands another seal. */
    | 'other_head'
    /** More personal fields are gone than were erased on record. */
    | 'erased_unrecorded'
    /** There are rows with a number that is taken, or is none. */
    | 'surplus';
  /** The first and the last place; null for a row that has none yet. */
  readonly seal_no: number | null;
  readonly to_seal_no?: number;
  /** Of the first such row. */
  readonly id?: string;
}

/** How far a walk has come: handed over from one stretch to the next, for one alone would take too long. */
export interface WalkState {
  readonly head: string | null;
  readonly rows: number;
  readonly erased: number;
  readonly erased_recorded: number;
  readonly findings: number;
}

export const BEGINNING: WalkState = { head: null, rows: 0, erased: 0, erased_recorded: 0, findings: 0 };

/** A record, and its place where it has one. */
export interface PlacedRecord extends AuditRecord {
  readonly sealNo: number | null;
  readonly sealMac: Buffer | null;
}

/** Every finding is told once for a run of rows, and no more than so many in one stretch; all are counted. */
const MOST_FINDINGS = 100;

/** Walks along the chain, and says where something is not as it was written under one of the keys, by their ids. */
export class ChainWalk {
  readonly found: Finding[] = [];
  private head: Head;
  private counts: { rows: number; erased: number; erased_recorded: number; findings: number };

  constructor(
    private readonly keys: ReadonlyMap<string, Buffer>,
    { head, ...counts }: WalkState,
    private readonly expected?: Head,
  ) {
    this.head = (head === null ? undefined : headFromText(head)) ?? START;
    this.counts = { ...counts };
  }

  get state(): WalkState {
    return { head: this.head.no === 0 ? null : headToText(this.head), ...this.counts };
  }

  /** The next row of the chain. */
  step(row: PlacedRecord): void {
    const no = row.sealNo ?? 0;
    const seal = row.sealMac ?? Buffer.alloc(0);
    this.counts.rows += 1;
    const gap = no > this.head.no + 1;
    if (gap) this.find({ kind: 'missing', seal_no: this.head.no + 1, to_seal_no: no - 1 });
    const known = this.examine(row);
    // After a gap there is nothing to follow; what is left of the chain is examined from its own seal on.
    if (
      !gap &&
      known &&
      !(no === this.head.no + 1 && follows(this.keys.values(), this.head, row.mac, seal))
    ) {
      this.find({ kind: 'misplaced', seal_no: no, id: row.id });
    }
    this.head = { no, mac: seal };
    if (no === this.expected?.no && !constantTimeEqual(seal, this.expected.mac)) {
      this.find({ kind: 'other_head', seal_no: no, id: row.id });
    }
  }

  /** What can be said of a row by itself, sealed or not; false where its key is not at hand. */
  examine(row: PlacedRecord): boolean {
    const key = this.keys.get(row.keyId);
    const place = { seal_no: row.sealNo, id: row.id };
    this.counts.erased += erasedOf(row);
    if (key === undefined) {
      this.find({ kind: 'foreign_key', ...place });
      return false;
    }
    const genuine = constantTimeEqual(macOf(key, row), row.mac) && personalIsIntact(row);
    if (!genuine) this.find({ kind: 'edited', ...place });
    else if (row.type === Erased.type) {
      this.counts.erased_recorded += (JSON.parse(row.details) as { groups: number }).groups;
    }
    return true;
  }

  /** After the last row of the chain, and those that have no place yet. */
  end(rowsUpToHead: number): void {
    if (this.expected && this.head.no < this.expected.no) {
      this.find({ kind: 'cut', seal_no: this.head.no + 1, to_seal_no: this.expected.no });
    }
    // A second row of a number, or one before the first, could stand where the walk does not come by.
    if (rowsUpToHead !== this.counts.rows) this.find({ kind: 'surplus', seal_no: null });
    if (this.counts.erased > this.counts.erased_recorded) {
      this.find({ kind: 'erased_unrecorded', seal_no: null });
    }
  }

  private find(finding: Finding): void {
    const last = this.found.at(-1);
    const end = last?.to_seal_no ?? last?.seal_no;
    if (last?.kind === finding.kind && end != null && finding.seal_no === end + 1) {
      this.found[this.found.length - 1] = { ...last, to_seal_no: finding.to_seal_no ?? finding.seal_no };
      return;
    }
    this.counts.findings += 1;
    if (this.found.length < MOST_FINDINGS) this.found.push(finding);
  }
}
