import { Injectable } from '@nestjs/common';
import { Secrets } from '../platform/crypto/index.js';
import { Database } from '../platform/database/index.js';
import type { Head } from './audit-chain.js';
import { AuditRepository } from './audit.repository.js';
import { ChainWalk, type Finding, type WalkState } from './chain-walk.js';

/** A stretch of the chain, and what was found on it. */
export interface Stretch {
  readonly state: WalkState;
  readonly findings: readonly Finding[];
  /** Set after the last stretch: how many rows have no place yet. */
  readonly unsealed?: number;
}

/** Read at once: with other readers between, on the embedded database's one connection. */
const PAGE_ROWS = 1_000;

/** Verifies what is kept, a stretch at a time. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly repository: AuditRepository,
    private readonly secrets: Secrets,
  ) {}

  /** @param expected a head that was logged once: the chain must hold it */
  async verify(
    from: WalkState,
    rows: number,
    expected?: Head,
    formerSecretKeys: readonly Buffer[] = [],
  ): Promise<Stretch> {
    const walk = new ChainWalk(this.secrets.keysById('audit', formerSecretKeys), from, expected);
    for (let read = 0; read < rows; read += PAGE_ROWS) {
      const page = await this.repository.sealedAfter(this.database.orm, placeOf(walk), PAGE_ROWS);
      page.forEach((row) => walk.step(row));
      if (page.length < PAGE_ROWS) return this.finish(walk);
    }
    return { state: walk.state, findings: walk.found };
  }

  private async finish(walk: ChainWalk): Promise<Stretch> {
    const counted = await this.repository.countSealedUpTo(this.database.orm, placeOf(walk));
    let unsealed = 0;
    for (let last: string | undefined; ;) {
      const page = await this.repository.unsealedAfter(this.database.orm, last, PAGE_ROWS);
      page.forEach((row) => walk.examine(row));
      unsealed += page.length;
      last = page.at(-1)?.id;
      if (page.length < PAGE_ROWS) break;
    }
    walk.end(counted);
    return { state: walk.state, findings: walk.found, unsealed };
  }
}

function placeOf({ state: { head } }: ChainWalk): number {
  return head === null ? 0 : Number(head.split(':', 1)[0]);
}
