import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, MAIN, Program, type Environment, type Running } from './program.js';

/**
 * What a test file starts and makes. Call `end` after each test and `remove` after the last: nothing is left
 * behind, whether they passed or not.
 */
export class Stage {
  private readonly programs: Program[] = [];
  private readonly folders: string[] = [];

  /** A folder that goes with the stage. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'sumun-process-'));
    this.folders.push(folder);
    return folder;
  }

  /** The path of a `DATA_DIR` that is not there yet. */
  dataDir(): string {
    return join(this.folder(), 'data');
  }

  /**
   * A `DATA_DIR` with a database in it. Making one takes seconds, so it is a copy of the one that jest's global
   * setup made; where that is on a server, the service makes it.
   */
  preparedDataDir(): string {
    const dataDir = this.dataDir();
    const template = join(process.env['SUMUN_TEST_TEMPLATE'] ?? '', 'pglite');
    if (existsSync(template)) cpSync(template, join(dataDir, 'pglite'), { recursive: true });
    return dataDir;
  }

  program(command: string, args: readonly string[], running: Running = {}): Program {
    const program = new Program(command, args, running);
    this.programs.push(program);
    return program;
  }

  /** `node dist/main.js`, on a free port unless the environment names one. */
  service(env: Environment, cwd?: string): Program {
    // One address registers more accounts here than strangers may; production refuses RATE_LIMITS=off.
    const settings = { PORT: '0', LOG_LEVEL: 'warn', RATE_LIMIT_REGISTER: '10000/1h', ...env };
    return this.program(process.execPath, [MAIN], cwd ? { env: settings, cwd } : { env: settings });
  }

  /** `node dist/cli.js` with arguments. */
  command(args: readonly string[], running: Running = {}): Program {
    return this.program(process.execPath, [CLI, ...args], running);
  }

  async end(): Promise<void> {
    await Promise.all(this.programs.splice(0).map((program) => program.end()));
  }

  remove(): void {
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
