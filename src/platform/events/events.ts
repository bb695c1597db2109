import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import type { DomainEvent, EventDetails, EventFactory } from './event.js';

type Listener<Details extends EventDetails> = (
  tx: Transaction,
  event: DomainEvent<Details>,
) => Promise<void> | void;

/**
 * What flows upwards: a module tells what happened, inside the transaction in which it happens, and modules
 * above it hear of it in that same transaction. What they write stands or falls with what it tells of; a
 * listener that throws rolls back both.
 */
@Injectable()
export class Events {
  private readonly listeners: { readonly type?: string; readonly hear: Listener<never> }[] = [];

  /** Hears every event. Called when the app is made, before anything happens. */
  onAny(hear: Listener<EventDetails>): void {
    this.listeners.push({ hear });
  }

  /** Hears the events of one type. */
  on<Details extends EventDetails>({ type }: EventFactory<Details>, hear: Listener<Details>): void {
    this.listeners.push({ type, hear });
  }

  /** Tells the listeners, one after the other, for they share a connection. */
  async publish(tx: Transaction, event: DomainEvent): Promise<void> {
    for (const { type, hear } of this.listeners) {
      if (type === undefined || type === event.type) await hear(tx, event as DomainEvent<never>);
    }
  }
}
