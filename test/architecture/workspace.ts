import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository: tests are started from its root. */
export const ROOT = process.cwd();

/** A throw-away project of the given files, which sees the packages and compiler settings of this one. */
export async function workspace(
  files: Record<string, string>,
): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'sumun-architecture-'));
  await symlink(resolve(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const settings = { extends: resolve(ROOT, 'tsconfig.json'), include: ['src', 'test'] };
  const all = {
    ...files,
    'tsconfig.json': JSON.stringify(settings),
    'package.json': await readFile(resolve(ROOT, 'package.json'), 'utf8'),
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return { dir, remove: () => rm(dir, { recursive: true }) };
}

/** Runs a program of this project's packages in `dir` and returns what it printed, whatever its exit code. */
export async function report(dir: string, program: string, args: string[]): Promise<string> {
  const script = resolve(ROOT, 'node_modules', program);
  try {
    const { stdout } = await run(process.execPath, [script, ...args], {
      cwd: dir,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (failure) {
    const { stdout, stderr } = failure as { stdout?: string; stderr?: string };
    if (!stdout) throw new Error(stderr ?? String(failure), { cause: failure });
    return stdout;
  }
}

/** The import rules and the ranks behind them, from the file that dependency-cruiser itself reads. */
export async function importRules(): Promise<{ ranks: string[][]; names: string[] }> {
  const config = (await import(pathToFileURL(resolve(ROOT, '.dependency-cruiser.mjs')).href)) as {
    RANKS: string[][];
    default: { forbidden: { name: string }[] };
  };
  return { ranks: config.RANKS, names: config.default.forbidden.map(({ name }) => name) };
}
