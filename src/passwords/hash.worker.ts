import { constants, getPriority, platform, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';
import type { HashAnswer, HashJob } from './hash-messages.js';

/*
 * A thread that does nothing but hash passwords, one after the other. Whatever else the service has to do goes before:
 * where there is no core for both, the system lets the event loop run.
 */

const NICER_BY = constants.priority.PRIORITY_BELOW_NORMAL - constants.priority.PRIORITY_NORMAL;

// On Linux a priority is a thread's own (setpriority(2), NPTL); elsewhere this would slow down the whole process.
if (platform() === 'linux') {
  try {
    setPriority(Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW));
  } catch {
    // Where a sandbox forbids it, passwords are hashed as they were before.
  }
}

function answer(job: HashJob): HashAnswer {
  try {
    const value =
      job.kind === 'hash' ? hashSync(job.password, job.options) : verifySync(job.hashed, job.password);
    return { value };
  } catch (error) {
    return { error: error as Error };
  }
}

const port = parentPort!;
port.on('message', (job: HashJob) => port.postMessage(answer(job)));
