import { Injectable } from '@nestjs/common';
import { Configuration } from '../platform/config/index.js';
import { ControlCommands, ControlError } from '../platform/control/index.js';
import { COMMAND_LINE } from '../platform/events/index.js';
import { isPlainText } from '../platform/requests/index.js';
import { CLIENT_ACTIONS, type Client, type ClientAction } from './client.js';
import { ClientsService, type NewClient } from './clients.service.js';

/** The commands' names, on the command line and over the control socket. */
export const CLIENTS_CREATE = 'clients:create';
export const CLIENTS_LIST = 'clients:list';
export const CLIENTS_DELETE = 'clients:delete';

/** A client as the command line shows it. */
export interface ClientLine {
  readonly client_id: string;
  readonly name: string | null;
  readonly audience: string;
  readonly may: readonly string[];
  readonly created_at: string;
}

/** With its secret, this once. */
export interface CreatedClientLine extends ClientLine {
  readonly client_secret: string;
}

const NAME_MAX_LENGTH = 100;

/** Registers clients from the command line, the only place where they are. */
@Injectable()
export class ClientsCommands {
  constructor(
    commands: ControlCommands,
    private readonly clients: ClientsService,
    private readonly configuration: Configuration,
  ) {
    commands.register(CLIENTS_CREATE, (input) => this.create(input));
    commands.register(CLIENTS_LIST, () => this.list());
    commands.register(CLIENTS_DELETE, (input) => this.delete(input));
  }

  private async create(input: unknown): Promise<CreatedClientLine> {
    const { secret, ...client } = await this.clients.create(this.read(input), COMMAND_LINE);
    return { ...lineOf(client), client_secret: secret };
  }

  private async list(): Promise<ClientLine[]> {
    return (await this.clients.list()).map(lineOf);
  }

  private async delete(input: unknown): Promise<ClientLine> {
    const { id } = (input ?? {}) as { id?: unknown };
    const deleted = typeof id === 'string' ? await this.clients.delete(id, COMMAND_LINE) : undefined;
    if (!deleted) throw new ControlError('unknown_client', `There is no client ${String(id)}.`);
    return lineOf(deleted);
  }

  private read(input: unknown): NewClient {
    const { audience, name, may } = (input ?? {}) as Record<keyof NewClient, unknown>;
    const known = this.configuration.audience;
    // A client of an audience that no token has would be told `active: false` of everything.
    if (typeof audience !== 'string' || !known.includes(audience))
      throw refuse(`--audience is one of those in AUDIENCE: ${known.join(', ')}.`);
    if (!isActions(may)) throw refuse(`--may is one or more of ${CLIENT_ACTIONS.join(',')}.`);
    if (name !== undefined && !isName(name))
      throw refuse(`--name is 1 to ${NAME_MAX_LENGTH} characters, without control characters.`);
    return { audience, may: CLIENT_ACTIONS.filter((one) => may.includes(one)), name: name ?? null };
  }
}

function isActions(may: unknown): may is ClientAction[] {
  const known: readonly unknown[] = CLIENT_ACTIONS;
  return Array.isArray(may) && may.length > 0 && may.every((one) => known.includes(one));
}

function isName(name: unknown): name is string {
  if (typeof name !== 'string' || !isPlainText(name)) return false;
  return name !== '' && [...name].length <= NAME_MAX_LENGTH;
}

function refuse(message: string): ControlError {
  return new ControlError('validation_failed', message);
}

function lineOf({ id, name, audience, may, createdAt }: Client): ClientLine {
  return { client_id: id, name, audience, may, created_at: createdAt.toISOString() };
}
