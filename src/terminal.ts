/** Options that every command has which does more than print a file. */
export interface OutputOptions {
  readonly json?: true;
  readonly progress?: true;
}

export function print(text: string): void {
  process.stdout.write(text);
}

/** One line of JSON, which a script reads. */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value)}\n`);
}

/** Columns as wide as their widest cell; the heading stands out on a terminal that has colours. */
export function printTable(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heading.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  print(`${strong(line(heading))}\n${rows.map((row) => `${line(row)}\n`).join('')}`);
}

/** `hasColors` heeds NO_COLOR, and is missing where standard output is no terminal. */
function strong(text: string): string {
  const { stdout } = process;
  return stdout.isTTY && stdout.hasColors() ? `\u001b[1m${text}\u001b[22m` : text;
}

/** Tells how far a long command has come: on standard error, only to a person who watches, or when asked to. */
export class Progress {
  private readonly shown: boolean;

  constructor({ progress }: OutputOptions) {
    this.shown = progress ?? process.stderr.isTTY;
  }

  /** In place of what was told before, on a terminal; else a line of its own. */
  tell(text: string): void {
    if (!this.shown) return;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Leaves the terminal's line as it was found. */
  done(): void {
    if (this.shown && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
