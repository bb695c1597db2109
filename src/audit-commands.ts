import type { Command } from 'commander';
import { AUDIT_VERIFY, type Finding, type Stretch, type VerifyInput } from './audit/index.js';
import { withExistingService } from './service-commands.js';
import { print, printJson, Progress, type OutputOptions } from './terminal.js';

/** The commands about the audit log, which run inside the service where one holds the database. */
export function addAuditCommands(program: Command): void {
  program
    .command(AUDIT_VERIFY)
    .option('--head <head>', 'a head from the log (audit_head): the audit log must hold it')
    .option('--json', 'print what was found as JSON')
    .option('--progress', 'say on standard error how far it is, also where that is no terminal')
    .description('Verify that nothing in the audit log was changed, removed, moved or put in; exit 1 if so')
    .action(verify);
}

async function verify({ head, ...output }: OutputOptions & { head?: string }): Promise<void> {
  const progress = new Progress(output);
  const findings: Finding[] = [];
  const { state, unsealed } = await withExistingService(async (run) => {
    for (let input: VerifyInput = { head }; ;) {
      const stretch = (await run(AUDIT_VERIFY, input)) as Stretch;
      findings.push(...stretch.findings);
      if (stretch.unsealed !== undefined) return stretch;
      progress.tell(`${stretch.state.rows} rows`);
      input = { head, state: stretch.state };
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

const MEANINGS: Record<Finding['kind'], string> = {
  edited: 'not as the service wrote it, or never written by it',
  missing: 'removed',
  misplaced: 'does not follow from the row before: moved, put in, or renumbered',
  foreign_key: 'written under another SECRET_KEY: give that as SECRET_KEY_PREVIOUS to verify it',
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
