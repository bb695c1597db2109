import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

// Sums jest's results in a folder into one last line. Fails where something failed and where a run, or the
// whole, tested nothing: a suite that found no tests has proven nothing.

/** A file that does not even load holds tests that jest cannot count: it counts as one that failed. */
function resultOf(path) {
  try {
    const run = JSON.parse(readFileSync(path, 'utf8'));
    return {
      passed: run.numPassedTests,
      failed: run.numFailedTests + run.numRuntimeErrorTestSuites,
      skipped: run.numPendingTests + run.numTodoTests,
      good: run.success && run.numPassedTests > 0,
    };
  } catch (failure) {
    console.error(`${path}: ${failure.message}`);
    return { passed: 0, failed: 1, skipped: 0, good: false };
  }
}

const folder = process.argv[2];
const results = readdirSync(folder).map((name) => resultOf(join(folder, name)));
const total = (part) => results.reduce((sum, result) => sum + result[part], 0);
if (results.length === 0 || results.some(({ good }) => !good)) process.exitCode = 1;
console.log(`tests: ${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
