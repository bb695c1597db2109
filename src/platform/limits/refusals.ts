import { Injectable } from '@nestjs/common';
import type { Origin } from '../events/index.js';
import type { ProblemDefinition } from '../problem/index.js';

type Listener = (origin: Origin, told: ProblemDefinition) => void;

/** Tells of requests that were refused, and what they were told. They may be a flood: whoever listens is quick. */
@Injectable()
export class Refusals {
  private readonly listeners: Listener[] = [];

  listen(hear: Listener): void {
    this.listeners.push(hear);
  }

  tell(origin: Origin, told: ProblemDefinition): void {
    for (const hear of this.listeners) hear(origin, told);
  }
}
