import { randomUUID } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What a secret file holds, and whether this process made it. */
export interface SecretFile {
  readonly path: string;
  readonly content: string;
  readonly made: boolean;
}

/**
 * Reads a secret from a file in a directory that is there, making it at first.
 *
 * Two processes that start at once agree: each writes a file of its own and links it to the one name, which
 * only one of them can; the other reads what the first one wrote. Nobody ever sees a half-written secret.
 */
export async function secretFile(directory: string, name: string, make: () => string): Promise<SecretFile> {
  const path = join(directory, name);
  const existing = await read(path);
  if (existing !== undefined) return { path, content: existing, made: false };
  const draft = join(directory, `.${name}.${randomUUID()}`);
  await writeDurably(draft, make());
  try {
    await link(draft, path);
    await sync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { path, content: (await read(path)) ?? '', made: false };
  } finally {
    await unlink(draft);
  }
  return { path, content: (await read(path)) ?? '', made: true };
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is encrypted with the secret may reach the disk before it: losing power must not lose the secret. */
async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${content}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
