import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { EmbeddedTask, FromWorker } from './embedded-messages.js';

/** Starts a thread for the task; resolves when it says that it is ready. */
export async function startWorker(task: EmbeddedTask): Promise<Worker> {
  const worker = new Worker(new URL('./embedded.worker.js', import.meta.url), { workerData: task });
  await new Promise<void>((resolve, reject) => {
    let reason = 'the thread ended without a word';
    worker.on('error', reject);
    worker.once('exit', () => reject(new Error(`The embedded database did not open: ${reason}.`)));
    worker.once('message', (message: FromWorker) => {
      if (message.kind === 'failed') reason = message.reason;
      else resolve();
    });
  });
  return worker;
}

/** Starts a thread for a task that ends by itself, and waits for its end. */
export async function runTask(task: EmbeddedTask): Promise<void> {
  const worker = await startWorker(task);
  if (worker.threadId !== -1) await once(worker, 'exit');
}
