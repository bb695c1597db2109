import { Injectable } from '@nestjs/common';
import type { Origin } from '../events/index.js';

type Listener = (origin: Origin, code: string) => void;

/** Tells of requests that were refused for want of room: 429 and 503. A flood of them: whoever listens is quick. */
@Injectable()
export class Refusals {
  private readonly listeners: Listener[] = [];

  listen(hear: Listener): void {
    this.listeners.push(hear);
  }

  tell(origin: Origin, code: string): void {
    for (const hear of this.listeners) hear(origin, code);
  }
}
