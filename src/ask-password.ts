import { text } from 'node:stream/consumers';
import { read } from 'read';

/** A refusal to go on, with what to do instead. */
export class NotAnswered extends Error {}

/**
 * A password from the terminal, typed twice and not shown, or from standard input, to its end, less one
 * trailing newline. Never from an argument: arguments stand in the process list and in the shell's history.
 */
export async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const ask = (prompt: string) => read({ prompt, silent: true, output: process.stderr });
  const password = await ask('Password: ');
  if (password !== (await ask('The same again: ')))
    throw new NotAnswered('The two passwords differ. Try again.');
  return password;
}
