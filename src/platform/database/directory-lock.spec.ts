import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseInUse, DirectoryLock, readHolder } from './directory-lock.js';

describe('the lock on the data directory', () => {
  let root: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lock-'));
  });

  afterEach(() => {
    child?.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  it('refuses a second holder in the same process, naming the first', () => {
    const lock = DirectoryLock.take(root);
    const attempt = () => DirectoryLock.take(root);
    expect(attempt).toThrow(DatabaseInUse);
    expect(attempt).toThrow(`process ${process.pid} on host ${hostname()}, since 20`);
    expect(attempt).toThrow(root);
    lock.release();
    DirectoryLock.take(root).release();
  });

  it('names a holder that took it a moment ago and writes its name only now', async () => {
    const program = `
      import { openSync, writeFileSync } from 'node:fs';
      import { tryLock } from 'fs-native-extensions';
      console.log(tryLock(openSync(process.argv[1], 'w+')));
      const text = { pid: process.pid, host: 'elsewhere', started_at: '2026-01-01T00:00:00.000Z', control: null };
      setTimeout(() => writeFileSync(process.argv[1], JSON.stringify(text)), 150);
      setInterval(() => undefined, 1000);`;
    child = spawn(process.execPath, ['--input-type=module', '-e', program, join(root, 'lock')]);
    await once(child.stdout!, 'data');
    expect(() => DirectoryLock.take(root)).toThrow(`process ${child.pid} on host elsewhere`);
  });

  it('is free at once after its holder was killed, though the file still names it', async () => {
    const program = `
      import { openSync, writeFileSync } from 'node:fs';
      import { tryLock } from 'fs-native-extensions';
      const text = { pid: process.pid, host: 'elsewhere', started_at: '2026-01-01T00:00:00.000Z', control: null };
      writeFileSync(process.argv[1], JSON.stringify(text));
      console.log(tryLock(openSync(process.argv[1], 'r+')));
      setInterval(() => undefined, 1000);`;
    child = spawn(process.execPath, ['--input-type=module', '-e', program, join(root, 'lock')]);
    await once(child.stdout!, 'data');
    expect(() => DirectoryLock.take(root)).toThrow(
      `process ${child.pid} on host elsewhere, since 2026-01-01`,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    DirectoryLock.take(root).release();
  });

  it('never deletes the file, and keeps it to its owner', () => {
    DirectoryLock.take(root).release();
    const { ino, mode } = statSync(join(root, 'lock'));
    expect(mode & 0o777).toBe(0o600);
    DirectoryLock.take(root).release();
    expect(statSync(join(root, 'lock')).ino).toBe(ino);
  });

  it('says where the control socket is, and nothing once released', () => {
    const lock = DirectoryLock.take(root);
    expect(readHolder(root)).toMatchObject({ pid: process.pid, control: null });
    lock.announce('/a/rather/long/place/for/a/socket');
    expect(readHolder(root)?.control).toBe('/a/rather/long/place/for/a/socket');
    lock.announce(null);
    expect(JSON.parse(readFileSync(join(root, 'lock'), 'utf8')).control).toBeNull();
    lock.release();
    expect(readHolder(root)).toBeUndefined();
  });

  it('bears a file with nothing whole in it', () => {
    for (const text of [
      '',
      '{"pid":',
      'null',
      '7',
      '{"pid":"1","host":"h","started_at":"s","control":null}',
    ]) {
      writeFileSync(join(root, 'lock'), text);
      expect(readHolder(root)).toBeUndefined();
    }
    expect(readHolder(join(root, 'nowhere'))).toBeUndefined();
    DirectoryLock.take(root).release();
  });

  it('makes the data directory for its owner alone', () => {
    const dataDir = join(root, 'data');
    DirectoryLock.take(dataDir).release();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });
});
