import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Finding, Stretch, VerifyInput } from './audit/index.js';
import { UsageError } from './sysexits.js';
import { withExistingService } from './service-commands.js';
import { print, printJson, Progress, type OutputOptions } from './terminal.js';

/** The commands about the audit log, which run inside the service where one holds the database. */
export function addAuditCommands(program: Command): void {
  program
    .command('audit:verify')
    .option('--head <head>', 'a head from the log (audit_head): the audit log must hold it')
    .option('--former-keys <file>', 'former SECRET_KEYs, one a line: to verify what was written under them')
    .option('--json', 'print what was found as JSON')
    .option('--progress', 'say on standard error how far it is, also where that is no terminal')
    .description('Verify that nothing in the audit log was changed, removed, moved or put in; exit 1 if so')
    .action(verify);
}

interface VerifyOptions extends OutputOptions {
  readonly head?: string;
  readonly formerKeys?: string;
}

async function verify({ head, formerKeys, ...output }: VerifyOptions): Promise<void> {
  const progress = new Progress(output);
  const findings: Finding[] = [];
  const former_keys = formerKeys === undefined ? [] : linesOf(formerKeys);
  const { state, unsealed } = await withExistingService(async (run) => {
    for (let input: VerifyInput = { head, former_keys }; ;) {
      const stretch = (await run('audit:verify', input)) as Stretch;
      findings.push(...stretch.findings);
      if (stretch.unsealed !== undefined) return stretch;
      progress.tell(`${stretch.state.rows} rows`);
      input = { head, former_keys, state: stretch.state };
    }
  });
  progress.done();
  if (state.findings > 0) process.exitCode = 1;
  const { rows, head: last } = state;
  if (output.json) {
    return printJson({ intact: state.findings === 0, rows, unsealed, head: last, findings });
  }
  findings.forEach((finding) => print(`${describe(finding)}\n`));
  if (state.findings > findings.length) print(`… and ${state.findings - findings.length} more.\n`);
  const verdict = state.findings === 0 ? 'Nothing was changed' : `${state.findings} finding(s)`;
  print(`${verdict}: ${rows} sealed row(s), ${unsealed} not sealed yet; head ${last ?? 'none'}.\n`);
}

/** Secrets are read from a file: an argument stands in the process list, and in the shell's history. */
function linesOf(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.map((line) => line.trim()).filter(Boolean);
  } catch (error) {
    throw new UsageError(`--former-keys: ${(error as Error).message}`);
  }
}

const MEANINGS: Record<Finding['kind'], string> = {
  edited: 'not as the service wrote it, or never written by it',
  missing: 'removed',
  misplaced: 'does not follow from the row before: moved, put in, or renumbered',
  foreign_key:
    'cannot be verified: it says that it was written under a former SECRET_KEY, which is not at hand; --former-keys takes it',
  cut: 'cut off: the audit log ends before the head that was given',
  other_head: 'is not the head that was given: what stood here was replaced',
  erased_unrecorded: 'more personal fields are gone than were erased on record',
  surplus: 'there are rows with a number that is taken, or is none',
};

function describe({ kind, seal_no, to_seal_no, id }: Finding): string {
  const places = to_seal_no === undefined || to_seal_no === seal_no ? seal_no : `${seal_no}–${to_seal_no}`;
  const place = places === null ? (id === undefined ? '' : 'not sealed') : `no ${places}`;
  const where = [place, id === undefined ? '' : `id ${id}`].filter(Boolean).join(', ');
  return `${kind}${where && ` at ${where}`}: ${MEANINGS[kind]}`;
}
