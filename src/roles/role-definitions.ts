import { Injectable } from '@nestjs/common';
import { Grants } from '../access/index.js';
import type { Role } from './role.js';

/** When a change took its turn, while it held the lock under which roles change. */
export type Turn = number;

/** The connections to the database are far fewer: no answer to a commit is overtaken by so many others. */
const TURNS_REMEMBERED = 1_000;

/**
 * What every role grants, in this node's memory: the guard asks it with each request, and waits for no database.
 * Until it is loaded nothing is granted.
 */
@Injectable()
export class RoleDefinitions extends Grants {
  private granted = new Map<string, ReadonlySet<string>>();
  private readonly latest = new Map<string, Turn>();
  private turns: Turn = 0;
  /** The newest of those that `latest` no longer holds. */
  private forgotten: Turn = 0;
  private applied = 0;

  override grants(roles: readonly string[], permission: string): boolean {
    return roles.some((role) => this.granted.get(role)?.has(permission) === true);
  }

  /** How often anything changed or was loaded: what was read before that is not to be put over it. */
  get changes(): number {
    return this.applied;
  }

  replaceAll(roles: readonly Role[]): void {
    this.applied += 1;
    this.granted = new Map(roles.map(({ name, permissions }) => [name, new Set(permissions)]));
  }

  /** To be taken under the lock, so that turns are in the order in which changes are committed. */
  takeTurn(): Turn {
    return ++this.turns;
  }

  /** After the commit. The answers of two commits may overtake each other: an older change is not put over a newer. */
  apply(turn: Turn, name: string, permissions: readonly string[] | undefined): void {
    if (turn < (this.latest.get(name) ?? this.forgotten)) return;
    this.remember(turn, name);
    this.applied += 1;
    if (permissions) this.granted.set(name, new Set(permissions));
    else this.granted.delete(name);
  }

  /** Of roles that are gone, too, or an older change would bring them back; but not of all that there ever were. */
  private remember(turn: Turn, name: string): void {
    this.latest.delete(name);
    this.latest.set(name, turn);
    for (const [oldest, its] of this.latest) {
      if (this.latest.size <= TURNS_REMEMBERED) return;
      this.latest.delete(oldest);
      this.forgotten = Math.max(this.forgotten, its);
    }
  }
}
