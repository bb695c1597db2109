import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { HintListener } from './hint-listener.js';

/** Connects at once, and hears what `clients.at(n).emit('notification', …)` says. */
class Client extends EventEmitter {
  readonly asked: string[] = [];
  connect = () => Promise.resolve();
  query = (text: string) => Promise.resolve(this.asked.push(text));
  end = () => Promise.resolve();
}

const LATER_MS = 60_000;

let clients: Client[];
let warnings: string[];
let listener: HintListener;
/** Answers the notification that is under way. */
let sent: (() => void)[];

beforeEach(() => {
  jest.useFakeTimers();
  [clients, warnings, sent] = [[], [], []];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => void warnings.push(text));
  jest.spyOn(Logger.prototype, 'log').mockReturnValue();
  jest.spyOn(pg, 'Client').mockImplementation((() => {
    const client = new Client();
    clients.push(client);
    return client;
  }) as never);
  listener = new HintListener(
    'postgres://x/y',
    () => undefined,
    () => new Promise((resolve) => sent.push(() => resolve(true))),
  );
});
afterEach(async () => {
  await listener.stop();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const deaf = () => warnings.filter((text) => text.includes('transaction pooler'));
const channelOf = ({ asked }: Client) => /LISTEN (sumun_echo_\w+)/.exec(asked[0]!)![1]!;

async function startAndLose(): Promise<void> {
  listener.start();
  await jest.advanceTimersByTimeAsync(0);
  clients[0]!.emit('end');
  await jest.advanceTimersByTimeAsync(1_000);
  expect(clients).toHaveLength(2);
}

it('a connection that is lost while it notifies itself is not taken for a deaf one', async () => {
  await startAndLose();
  sent[1]!();
  clients[1]!.emit('notification', { channel: channelOf(clients[1]!) });
  await jest.advanceTimersByTimeAsync(0);
  sent[0]!();
  await jest.advanceTimersByTimeAsync(LATER_MS);
  expect(deaf()).toEqual([]);
});

it('a deaf connection is warned of once, also after one that was lost while it notified itself', async () => {
  await startAndLose();
  sent[0]!();
  sent[1]!();
  await jest.advanceTimersByTimeAsync(LATER_MS);
  expect(deaf()).toHaveLength(1);
});

it('listens to itself on one channel, however often it connects, and gives it up', async () => {
  await startAndLose();
  expect(channelOf(clients[1]!)).toBe(channelOf(clients[0]!));
  sent[1]!();
  await jest.advanceTimersByTimeAsync(LATER_MS);
  expect(clients[1]!.asked).toContain(`UNLISTEN ${channelOf(clients[1]!)}`);
});

it('a database that was closed meanwhile proves nothing, and ends nobody', async () => {
  const unhandled = jest.fn();
  const closed = new HintListener(
    'postgres://x/y',
    () => undefined,
    () => {
      throw new Error('The database is not open.');
    },
  ) as unknown as { connect(pause: number): Promise<void>; stop(): Promise<void> };
  await closed.connect(1).catch(unhandled);
  await closed.stop();
  expect([unhandled.mock.calls, deaf()]).toEqual([[], []]);
});
