import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { embeddedData } from '../database/index.js';
import { ControlError } from './control-commands.js';
import { lineOf, readLine, type ControlAnswer } from './control-line.js';

/** The longest of the commands writes a backup of all there is. */
const ANSWER_LIMIT_MS = 10 * 60_000;

/**
 * Runs a command inside the service that holds the data directory, and answers what it answered. Rejects with
 * a `ControlError`: the command's own, or `not_running` where no service listens.
 */
export async function runInService(dataDir: string, name: string, input?: unknown): Promise<unknown> {
  const socket = await reach(dataDir);
  socket.on('error', () => undefined); // told by the missing answer
  try {
    socket.write(lineOf({ name, input }));
    return resultOf(await readLine(socket, ANSWER_LIMIT_MS));
  } finally {
    socket.destroy();
  }
}

async function reach(dataDir: string): Promise<Socket> {
  const holder = embeddedData.readHolder(dataDir);
  if (!holder?.control) {
    throw new ControlError('not_running', `No service that could be asked holds ${dataDir}.`);
  }
  const socket = connect(holder.control);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const who = `process ${holder.pid} on host ${holder.host}`;
    const message = `The service in ${dataDir} (${who}) does not answer: ${(error as Error).message}.`;
    throw new ControlError('not_running', message);
  }
}

function resultOf(line: string): unknown {
  const answer = JSON.parse(line) as ControlAnswer;
  if (answer.ok) return answer.result;
  const { code, message, details } = answer.error;
  throw new ControlError(code, message, details);
}
