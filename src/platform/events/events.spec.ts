import { describe, expect, it } from '@jest/globals';
import type { Transaction } from '../database/index.js';
import { COMMAND_LINE, defineEvent, Events, eventTypes, SERVICE, type DomainEvent } from './index.js';

const Opened = defineEvent<{ readonly door: string }>('house.door_opened');
const Closed = defineEvent('house.closed');
const TX = {} as Transaction;

describe('events', () => {
  it('reach whoever hears all, and whoever hears their type, with the transaction they happen in', async () => {
    const events = new Events();
    const heard: [string, Transaction, DomainEvent][] = [];
    events.onAny((tx, event) => void heard.push(['any', tx, event]));
    events.on(Closed, (tx, event) => void heard.push(['closed', tx, event]));
    const opened = Opened(COMMAND_LINE, { id: 'kim' }, { door: 'front' });
    await events.publish(TX, opened);
    const closed = Closed(SERVICE, {});
    await events.publish(TX, closed);
    expect(heard).toEqual([
      ['any', TX, opened],
      ['any', TX, closed],
      ['closed', TX, closed],
    ]);
    expect(heard.every(([, tx]) => tx === TX)).toBe(true);
    expect(opened).toEqual({
      type: 'house.door_opened',
      origin: COMMAND_LINE,
      subject: { id: 'kim' },
      details: { door: 'front' },
    });
    expect(closed.details).toEqual({});
  });

  it('are heard one listener after the other: they share a connection', async () => {
    const events = new Events();
    const order: string[] = [];
    events.onAny(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('first');
    });
    events.onAny(() => void order.push('second'));
    await events.publish(TX, Closed(SERVICE, {}));
    expect(order).toEqual(['first', 'second']);
  });

  it('fail where a listener fails, so that the transaction is rolled back', async () => {
    const events = new Events();
    events.onAny(async () => {
      throw new Error('the disk is full');
    });
    await expect(events.publish(TX, Closed(SERVICE, {}))).rejects.toThrow('the disk is full');
  });

  it('are declared once, in the form module.what_happened', () => {
    expect(() => defineEvent('house.closed')).toThrow('defined twice');
    for (const type of ['closed', 'House.closed', 'house.', 'house.is closed', 'a.b.c']) {
      expect(() => defineEvent(type)).toThrow('module.what_happened');
    }
    expect(eventTypes()).toEqual(['house.closed', 'house.door_opened']);
  });
});
