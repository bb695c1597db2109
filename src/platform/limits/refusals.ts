import { Injectable } from '@nestjs/common';
import type { Origin } from '../events/index.js';
import type { ProblemDefinition } from '../problem/index.js';

type Listener = (origin: Origin, told: ProblemDefinition) => void;

/** Tells of requests that were refused, and what they were told. They may be a flood: whoever listens is quick. */
@Injectable()
export class Refusals {
  private readonly listeners: Listener[] = [];
  private readonly counts = new Map<string, number>();

  listen(hear: Listener): void {
    this.listeners.push(hear);
  }

  tell(origin: Origin, told: ProblemDefinition): void {
    this.counts.set(told.code, (this.counts.get(told.code) ?? 0) + 1);
    for (const hear of this.listeners) hear(origin, told);
  }

  /** How many there were, by what they were told: codes are declared, so there are only so many. */
  get byCode(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
