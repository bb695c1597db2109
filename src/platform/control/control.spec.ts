import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Configuration } from '../config/index.js';
import type { Database } from '../database/index.js';
import { embeddedData } from '../database/index.js';
import { DirectoryLock } from '../database/directory-lock.js';
import { runInService } from './control-client.js';
import { ControlCommands, ControlError } from './control-commands.js';
import { ControlServer } from './control-server.js';

// What a command breaks with is logged; here it would be noise.
Logger.overrideLogger(false);

describe('the control socket', () => {
  let root: string;
  let dataDir: string;
  let lock: DirectoryLock | undefined;
  let server: ControlServer | undefined;
  const commands = new ControlCommands();
  commands.register('echo', async (input) => input);
  commands.register('refuse', async () => {
    throw new ControlError('email_taken', 'That address is in use.', { field: 'email' });
  });
  commands.register('unsayable', async () => {
    throw new ControlError('odd', 'Odd.', { big: 1n });
  });
  commands.register('break', async () => {
    throw new TypeError('secret detail');
  });

  /** Stands in for the database: a real lock, and no database behind it. */
  async function listen(embedded = true): Promise<ControlServer> {
    if (embedded) lock = DirectoryLock.take(dataDir);
    const announceControl = (place: string | null) => {
      lock?.announce(place);
      return embedded;
    };
    const database = { announceControl } as Database;
    server = new ControlServer({ dataDir } as Configuration, database, commands);
    await server.listen();
    return server;
  }

  /** Sends bytes as they are; answers what comes back until the other end closes. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      let heard = '';
      const socket = connect(join(dataDir, 'control.sock'), () => socket.write(bytes));
      socket.on('data', (piece) => (heard += piece.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(heard));
    });
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'control-'));
    dataDir = root;
  });

  afterEach(async () => {
    await server?.close();
    lock?.release();
    server = lock = undefined;
    rmSync(root, { recursive: true, force: true });
  });

  it('runs a command in the service and brings its answer back', async () => {
    await listen();
    await expect(runInService(dataDir, 'echo', { a: ['한', 1, null] })).resolves.toEqual({
      a: ['한', 1, null],
    });
    await expect(runInService(dataDir, 'echo')).resolves.toBeUndefined();
  });

  it('brings the code, the message and the details of a refusal back', async () => {
    await listen();
    const refusal = runInService(dataDir, 'refuse');
    await expect(refusal).rejects.toBeInstanceOf(ControlError);
    await expect(refusal).rejects.toMatchObject({
      code: 'email_taken',
      message: 'That address is in use.',
      details: { field: 'email' },
    });
  });

  it('keeps an unforeseen error to the service', async () => {
    await listen();
    const failure = runInService(dataDir, 'break');
    await expect(failure).rejects.toMatchObject({ code: 'internal_error' });
    await expect(failure).rejects.not.toThrow(/secret/);
  });

  it('survives a refusal that JSON cannot say', async () => {
    await listen();
    await expect(runInService(dataDir, 'unsayable')).rejects.toMatchObject({ code: 'internal_error' });
    await expect(runInService(dataDir, 'echo', 1)).resolves.toBe(1);
  });

  it('refuses unknown commands and what is no request', async () => {
    await listen();
    await expect(runInService(dataDir, 'nope')).rejects.toMatchObject({ code: 'unknown_command' });
    for (const bytes of ['\n', 'null\n', '[]\n', '{"name":1}\n', '{"name":\n', '\xff\n']) {
      expect(JSON.parse(await raw(bytes))).toMatchObject({ ok: false, error: { code: 'malformed_request' } });
    }
  });

  it('refuses a request above 1 MiB, on both ends', async () => {
    await listen();
    const long = 'x'.repeat(1024 * 1024);
    await expect(runInService(dataDir, 'echo', long)).rejects.toMatchObject({ code: 'too_large' });
    expect(await raw(long + long)).toContain('too_large');
    await expect(runInService(dataDir, 'echo', 'x'.repeat(1_000_000))).resolves.toHaveLength(1_000_000);
  });

  it('lets only its own user in', async () => {
    await listen();
    expect(statSync(join(dataDir, 'control.sock')).mode & 0o777).toBe(0o600);
  });

  it('takes the place of a socket left by a killed process', async () => {
    writeFileSync(join(dataDir, 'control.sock'), '');
    await listen();
    await expect(runInService(dataDir, 'echo', 1)).resolves.toBe(1);
  });

  it('listens in a private directory where the path is too long for a socket', async () => {
    dataDir = join(root, 'd'.repeat(60), 'e'.repeat(60));
    const listening = await listen();
    const place = embeddedData.readHolder(dataDir)?.control ?? '';
    expect(place.startsWith(dataDir)).toBe(false);
    expect(statSync(join(place, '..')).mode & 0o777).toBe(0o700);
    await expect(runInService(dataDir, 'echo', 1)).resolves.toBe(1);
    await listening.close();
    expect(existsSync(join(place, '..'))).toBe(false);
  });

  it('says so when nobody listens', async () => {
    await expect(runInService(dataDir, 'echo')).rejects.toMatchObject({ code: 'not_running' });
    const listening = await listen();
    const place = embeddedData.readHolder(dataDir)?.control ?? '';
    await listening.close();
    await expect(runInService(dataDir, 'echo')).rejects.toMatchObject({ code: 'not_running' });
    lock?.announce(place); // a holder that was killed leaves its last words
    await expect(runInService(dataDir, 'echo')).rejects.toMatchObject({
      code: 'not_running',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it('does not listen beside a database server', async () => {
    await listen(false);
    expect(existsSync(join(dataDir, 'control.sock'))).toBe(false);
  });

  it('gives a name to one command only', () => {
    expect(() => commands.register('echo', async () => 1)).toThrow(/twice/);
  });
});
