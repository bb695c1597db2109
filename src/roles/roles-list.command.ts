import { Injectable } from '@nestjs/common';
import { ControlCommands } from '../platform/control/index.js';
import type { Role } from './role.js';
import { RolesService } from './roles.service.js';

/** The command's name, on the command line and over the control socket. */
export const ROLES_LIST = 'roles:list';

/** A role as the command line shows it. */
export interface RoleLine {
  readonly name: string;
  readonly built_in: boolean;
  readonly permissions: readonly string[];
  readonly created_at: string;
}

const PAGE = 100;

/** Lists roles for an operator. */
@Injectable()
export class RolesListCommand {
  constructor(
    commands: ControlCommands,
    private readonly roles: RolesService,
  ) {
    commands.register(ROLES_LIST, () => this.run());
  }

  private async run(): Promise<RoleLine[]> {
    const lines: RoleLine[] = [];
    let after: string | undefined;
    do {
      const { rows, next } = await this.roles.list({ limit: PAGE, after });
      lines.push(...rows.map(lineOf));
      after = next;
    } while (after !== undefined);
    return lines;
  }
}

function lineOf({ name, builtIn, permissions, createdAt }: Role): RoleLine {
  return { name, built_in: builtIn, permissions, created_at: createdAt.toISOString() };
}
