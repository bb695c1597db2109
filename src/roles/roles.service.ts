import { Injectable } from '@nestjs/common';
import { definedPermissions } from '../access/index.js';
import { Clock } from '../platform/clock/index.js';
import { afterCommit, Database, type Queryable, type Transaction } from '../platform/database/index.js';
import { Events, type Origin } from '../platform/events/index.js';
import { fieldError, ValidationFailed } from '../platform/http/index.js';
import type { LocalizedText } from '../platform/problem/index.js';
import { pageOf, type Page, type PageAsked } from '../platform/requests/index.js';
import { ADMIN_ROLE, fitsScope, hasRoleNameForm, SCOPE_LIMIT_BYTES, type Role } from './role.js';
import { RoleDefinitions, type Turn } from './role-definitions.js';
import { RoleChanged, RoleCreated, RoleDeleted } from './roles.events.js';
import { ADMIN_IS_FIXED, Conflict, ROLE_BUILT_IN, ROLE_EXISTS } from './roles.problems.js';
import { RolesRepository } from './roles.repository.js';

/** A load that changes keep overtaking gives up: the next one is a second away. */
const LOAD_TRIES = 5;
const NO_SUCH_ROLE = { en: 'There is no such role.', ko: '존재하지 않는 역할입니다.' };

/** Named sets of permissions. What changes them runs in a transaction that began with `lock`. */
@Injectable()
export class RolesService {
  /** The version that was loaded last. */
  private loaded: number | undefined;

  constructor(
    private readonly database: Database,
    private readonly repository: RolesRepository,
    private readonly definitions: RoleDefinitions,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** Reads what every role grants into this node's memory. */
  async load(): Promise<void> {
    for (let tries = 0; tries < LOAD_TRIES; tries += 1) {
      const before = this.definitions.changes;
      // First: what is read after it is of that version or a newer one, and then it is read once more.
      const version = await this.repository.version(this.database.orm);
      const roles = await this.repository.all(this.database.orm);
      if (this.definitions.changes !== before) continue;
      this.definitions.replaceAll(roles);
      this.loaded = version;
      return;
    }
    throw new Error(`Roles changed while they were read, ${LOAD_TRIES} times in a row.`);
  }

  /** Loads them where one has changed since they were loaded: asked each second, and mostly none has. */
  async loadChanged(): Promise<void> {
    if ((await this.repository.version(this.database.orm)) !== this.loaded) await this.load();
  }

  /** One change of who may do what after the other: to be called first, for what is read after it stays true. */
  lock(tx: Transaction): Promise<void> {
    return this.repository.lockAdmin(tx);
  }

  /** In the order of their names. */
  async list({ limit, after }: PageAsked): Promise<Page<Role>> {
    const rows = await this.repository.list(this.database.orm, limit + 1, after);
    return pageOf(rows, limit, ({ name }) => name);
  }

  async find(tx: Queryable, name: string): Promise<Role | undefined> {
    const [role] = await this.repository.named(tx, [name]);
    return role;
  }

  /** @throws `validation_failed` on `role`, where there is none of that name */
  async require(database: Queryable, name: string): Promise<Role> {
    const role = await this.find(database, name);
    if (!role) throw ValidationFailed({ errors: [fieldError('role', 'not_allowed', NO_SUCH_ROLE)] });
    return role;
  }

  /**
   * Roles by their names.
   *
   * @throws `validation_failed` naming each that does not exist, as an item of `roles`
   */
  async known(tx: Transaction, names: readonly string[]): Promise<Role[]> {
    // What has not the form of a name, as one with NUL, the database might refuse to compare.
    const roles = await this.repository.named(tx, names.filter(hasRoleNameForm));
    const missing = names.map((name) => !roles.some((role) => role.name === name));
    refuseItems('roles', missing, NO_SUCH_ROLE);
    return roles;
  }

  /**
   * Measures what sets of roles grant together, by what the transaction sees. Who is admin is not measured: the
   * features of the program, and nobody's choice, make that set as large as it is.
   *
   * @throws `validation_failed` where one access token could not name all of a set
   */
  async requireFittingScopes(
    tx: Transaction,
    sets: readonly (readonly string[])[],
    field: ScopeField,
  ): Promise<void> {
    const roles = new Map((await this.repository.all(tx)).map((role) => [role.name, role.permissions]));
    for (const names of sets.filter((set) => !set.includes(ADMIN_ROLE)))
      requireFittingScope([...new Set(names.flatMap((name) => roles.get(name) ?? []))], field);
  }

  /** @throws `conflict` where the name is taken; `validation_failed` */
  async create(tx: Transaction, name: string, permissions: readonly string[], origin: Origin): Promise<Role> {
    requireDefined(permissions);
    requireFittingScope(permissions, 'permissions');
    if (await this.find(tx, name)) throw Conflict({ detail: ROLE_EXISTS });
    const role = { name, builtIn: false, permissions: sorted(permissions), createdAt: this.clock.now() };
    await this.repository.insert(tx, role);
    await this.write(tx, name, role.permissions);
    await this.events.publish(tx, RoleCreated(origin, {}, { role: name, permissions: role.permissions }));
    return role;
  }

  /** @throws `conflict` for admin; `validation_failed` */
  async change(tx: Transaction, role: Role, permissions: readonly string[], origin: Origin): Promise<Role> {
    if (role.name === ADMIN_ROLE) throw Conflict({ detail: ADMIN_IS_FIXED });
    requireDefined(permissions);
    requireFittingScope(permissions, 'permissions');
    const added = permissions.filter((one) => !role.permissions.includes(one)).sort();
    const removed = role.permissions.filter((one) => !permissions.includes(one));
    if (added.length + removed.length === 0) return role;
    await this.write(tx, role.name, permissions);
    await this.events.publish(tx, RoleChanged(origin, {}, { role: role.name, added, removed }));
    return { ...role, permissions: sorted(permissions) };
  }

  /** That nobody holds it any more is for its caller to see to. @throws `conflict` for a built-in role */
  async delete(tx: Transaction, role: Role, origin: Origin): Promise<void> {
    if (role.builtIn) throw Conflict({ detail: ROLE_BUILT_IN });
    const turn = this.definitions.takeTurn();
    await this.repository.delete(tx, role.name);
    afterCommit(tx, (certain) => this.apply(turn, role.name, undefined, certain));
    await this.events.publish(tx, RoleDeleted(origin, {}, { role: role.name }));
  }

  private async write(tx: Transaction, name: string, permissions: readonly string[]): Promise<void> {
    const turn = this.definitions.takeTurn();
    await this.repository.setPermissions(tx, name, permissions);
    afterCommit(tx, (certain) => this.apply(turn, name, permissions, certain));
  }

  private apply(turn: Turn, name: string, granted: readonly string[] | undefined, certain: boolean): void {
    this.definitions.apply(turn, name, granted);
    // Whether it is so shows the next time that they are loaded.
    if (!certain) this.loaded = undefined;
  }
}

function requireDefined(permissions: readonly string[]): void {
  const defined = new Set(definedPermissions());
  refuseItems(
    'permissions',
    permissions.map((permission) => !defined.has(permission)),
    { en: 'There is no such permission.', ko: '존재하지 않는 권한입니다.' },
  );
}

type ScopeField = 'permissions' | 'roles';

function requireFittingScope(permissions: readonly string[], field: ScopeField): void {
  if (fitsScope(permissions)) return;
  const message = {
    en: `All permissions of one user must fit ${SCOPE_LIMIT_BYTES} bytes, with a space between them.`,
    ko: `사용자 한 명의 모든 권한은 공백으로 구분하여 ${SCOPE_LIMIT_BYTES}바이트를 넘을 수 없습니다.`,
  };
  throw ValidationFailed({ errors: [fieldError(field, 'too_long', message)] });
}

function refuseItems(field: string, refused: readonly boolean[], message: LocalizedText): void {
  const errors = refused.flatMap((is, place) =>
    is ? [fieldError(`${field}.${place}`, 'not_allowed', message)] : [],
  );
  if (errors.length > 0) throw ValidationFailed({ errors });
}

function sorted(permissions: readonly string[]): string[] {
  return [...permissions].sort();
}
