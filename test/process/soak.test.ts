import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';

interface Wire {
  readonly lost: number;
  readonly cut: number;
  ask(method: string, origin: string, path: string, how: { loseAfterMs: number }): Promise<unknown>;
}
interface Node {
  start(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

const load = (file: string): Promise<unknown> => import(new URL(`../${file}`, import.meta.url).href);
const { Wire } = (await load('traffic/wire.js')) as { Wire: new () => Wire };
const { Node } = (await load('cluster/nodes.js')) as { Node: new (env: object) => Node };
const { Killer } = (await load('soak/killer.js')) as {
  Killer: new (
    nodes: object[],
    kills: number,
    sessions: number,
  ) => { before(session: number): Promise<void>; done(): Promise<void> };
};

it('a refused connection is a cut, also where the reply was to be lost', async () => {
  const wire = new Wire();
  await wire.ask('POST', `http://127.0.0.1:${await freePort()}`, '/', { loseAfterMs: 60_000 });
  expect(wire).toMatchObject({ cut: 1, lost: 0 });
});

it('a reply that is lost on purpose is no cut', async () => {
  const silent = createServer((socket) => socket.resume().on('error', () => undefined));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const wire = new Wire();
  const origin = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await wire.ask('POST', origin, '/', { loseAfterMs: 1 });
  silent.close();
  expect(wire).toMatchObject({ cut: 0, lost: 1 });
});

it('a node that was closed while it was being killed is not started again', async () => {
  const node = new Node({});
  let killed: () => void = () => undefined;
  const killing = new Promise<void>((resolve) => (killed = resolve));
  node.kill = () => killing;
  const killer = new Killer([node], 1, 2);
  const before = killer.before(1);
  const closing = node.close();
  killed();
  await Promise.all([before, closing]);
  await expect(killer.done()).rejects.toThrow('The node was closed.');
});
