import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Configuration } from '../config/index.js';
import { Database } from '../database/index.js';
import { ControlCommands, ControlError } from './control-commands.js';
import { lineOf, readLine, type ControlAnswer, type ControlRequest } from './control-line.js';

/** Unix socket addresses end at 104 bytes on some systems, 108 on others, with the terminating zero. */
const ADDRESS_LIMIT_BYTES = 100;
const REQUEST_LIMIT_MS = 5_000;
const CLOSE_LIMIT_MS = 5_000;
const CONNECTIONS_LIMIT = 16;

/**
 * The way into a running service that holds the embedded database, for commands that need it: a socket that
 * only the service's own user can open. With a database server there is none, for commands can ask that.
 */
@Injectable()
export class ControlServer implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Control');
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private place: string | undefined;
  /** The directory that was made for the socket, where the data directory's name is too long. */
  private temporary: string | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly database: Database,
    private readonly commands: ControlCommands,
  ) {}

  /** Listens, where the database is embedded and open; says where in the lock file. */
  async listen(): Promise<void> {
    if (this.server || !this.database.announceControl(null)) return;
    const place = this.choosePlace();
    // Left by a process that was killed: this one holds the directory, so nobody listens there.
    rmSync(place, { force: true });
    const server = createServer((socket) => void this.serve(socket));
    server.maxConnections = CONNECTIONS_LIMIT;
    await listenPrivately(server, place);
    server.on('error', (error) => this.logger.warn(`The control socket failed: ${error.message}`));
    this.server = server;
    this.place = place;
    this.database.announceControl(place);
  }

  /** Stops listening; commands under way may end, for a little while. */
  async close(): Promise<void> {
    const { server, place } = this;
    this.server = this.place = undefined;
    if (!server || !place) return;
    this.database.announceControl(null);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const timer = setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), CLOSE_LIMIT_MS);
    await closed; // which unlinks the socket
    clearTimeout(timer);
    if (this.temporary) rmdirSync(this.temporary);
  }

  /** Nest's word before the application ends: the database is still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private choosePlace(): string {
    const near = join(this.configuration.dataDir, 'control.sock');
    if (Buffer.byteLength(near) <= ADDRESS_LIMIT_BYTES) return near;
    this.temporary = mkdtempSync(join(tmpdir(), 'sumun-')); // with mode 0700
    return join(this.temporary, 'control.sock');
  }

  private async serve(socket: Socket): Promise<void> {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined); // a client that goes away is no affair of the service
    const line = await readLine(socket, REQUEST_LIMIT_MS).then(
      (text) => this.answer(text),
      (error: unknown) => refusalOf(error),
    );
    socket.end(line);
  }

  private async answer(text: string): Promise<string> {
    try {
      const { name, input } = parseRequest(text);
      return lineOf({ ok: true, result: await this.commands.run(name, input) });
    } catch (error) {
      if (!(error instanceof ControlError)) this.logger.error(error);
      return refusalOf(error);
    }
  }
}

/**
 * The umask makes the socket private from its first moment; it is the whole process's, and binding is done
 * when `listen` returns, so it is set back before anything else can run.
 */
async function listenPrivately(server: Server, place: string): Promise<void> {
  const listening = once(server, 'listening');
  const before = process.umask(0o177);
  try {
    server.listen(place);
  } finally {
    process.umask(before);
  }
  await listening;
  chmodSync(place, 0o600);
}

function parseRequest(text: string): ControlRequest {
  try {
    const request = JSON.parse(text) as Partial<ControlRequest> | null;
    if (typeof request?.name === 'string') return { name: request.name, input: request.input };
  } catch {
    // Told below, with what else is no request.
  }
  throw new ControlError('malformed_request', 'A control request is a line of JSON with a name.');
}

/** A `ControlError` was meant for the caller; what happened otherwise stays in the service's log. */
function refusalOf(error: unknown): string {
  const refused = (code: string, message: string, details?: unknown): string =>
    lineOf({ ok: false, error: { code, message, details } } satisfies ControlAnswer);
  const unsaid = refused('internal_error', 'The command failed; the service logged why.');
  if (!(error instanceof ControlError)) return unsaid;
  try {
    return refused(error.code, error.message, error.details);
  } catch {
    return unsaid; // details too long for a line, or none that JSON can say
  }
}
