import { beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedStream } from './embedded-stream.js';

function frame(type: string, body = ''): Buffer {
  const bytes = Buffer.alloc(type.length + 4 + body.length);
  bytes.write(type + '\0\0\0\0' + body);
  bytes.writeInt32BE(4 + body.length, type.length);
  return bytes;
}

const STARTUP = frame('', 'user\0postgres\0\0');
const BATCH = [frame('P', 'parse'), frame('B', 'bind'), frame('E', 'execute'), frame('S')];

describe('the stream to the embedded database', () => {
  let sent: string[];
  let left: number;
  let stream: EmbeddedStream;

  beforeEach(async () => {
    sent = [];
    left = 0;
    stream = new EmbeddedStream({
      attach: async () => 7,
      send: (_, bytes) => sent.push(Buffer.from(bytes).toString('hex')),
      detach: () => (left += 1),
    });
    await new Promise((resolve) => stream.connect().once('connect', resolve));
  });

  it('hands over whole turns, however the bytes are cut', () => {
    const all = Buffer.concat([STARTUP, ...BATCH, frame('Q', 'select 1')]);
    for (const byte of all) stream.write(Buffer.from([byte]));
    expect(sent).toEqual(
      [STARTUP, Buffer.concat(BATCH), frame('Q', 'select 1')].map((b) => b.toString('hex')),
    );
  });

  it('holds a batch back until its Sync', () => {
    stream.write(STARTUP);
    stream.write(Buffer.concat(BATCH.slice(0, 3)));
    expect(sent).toHaveLength(1);
    stream.write(BATCH[3]!);
    expect(sent).toHaveLength(2);
  });

  it('lets go of its session once, on Terminate and when it is destroyed', async () => {
    stream.write(Buffer.concat([STARTUP, ...BATCH.slice(0, 2), frame('X')]));
    expect(sent).toHaveLength(1);
    stream.resume().end();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(left).toBe(1);
  });

  it('ends with an error when the database cannot be opened', async () => {
    const closed = new EmbeddedStream({
      attach: () => Promise.reject(new Error('no')),
      send: () => undefined,
      detach: () => undefined,
    });
    const error = await new Promise((resolve) => closed.connect().once('error', resolve));
    expect(error).toMatchObject({ name: 'DatabaseUnavailable' });
  });
});
