import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { UNOPTIMIZED } from './embedded-v8.js';

it.each(UNOPTIMIZED)('V8 knows %s: one that it does not know it only complains of', (flag) => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  expect(known).toContain(`  ${flag.replace('--no-', '--')} `);
});
