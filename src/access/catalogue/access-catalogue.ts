import { Inject, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { declarationsOn } from '../access.decorators.js';
import { misreadBy } from '../current-user.js';
import { isDefinedPermission } from '../permissions.js';
import { combine, type AccessDeclaration, type AccessRule, type Credential } from '../access-rule.js';
import { scanRoutes, type ScannedRoute } from './route-scan.js';

/** What cannot be decorated: a controller of another package, or a route that no controller serves. */
export type AccessDeclared =
  | { readonly controller: Type; readonly credential: Exclude<Credential, 'client'> }
  | { readonly method: string; readonly path: string; readonly credential: 'public' };

export const ACCESS_DECLARED = Symbol('AccessModule.forRoot({ declare })');

/** A method and a path as Fastify serves them. */
export interface ServedRoute {
  readonly method: string;
  readonly path: string;
}

/** One route: who may reach it, and through what. */
export interface CatalogueEntry {
  readonly method: string;
  readonly path: string;
  readonly rule: AccessRule;
  /** Absent where no controller serves the route, and so no guard runs. */
  readonly route?: ScannedRoute;
}

/** The app does not start: what it declares about access is missing or contradicts itself. */
export class AccessDeclarationError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      `The app does not start, for its access is not fully declared:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
    this.name = 'AccessDeclarationError';
  }
}

/**
 * The access rule of every route, resolved once when the app starts. The guard, the OpenAPI document, the
 * listing and `access.lock` all read it.
 */
@Injectable()
export class AccessCatalogue {
  private resolved: readonly CatalogueEntry[] = [];
  private readonly rules = new Map<unknown, Map<unknown, AccessRule>>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    @Inject(ACCESS_DECLARED) private readonly declared: readonly AccessDeclared[],
  ) {}

  get entries(): readonly CatalogueEntry[] {
    return this.resolved;
  }

  /** Undefined for a handler that the catalogue does not know: refuse it. */
  ruleOf(controller: unknown, handler: unknown): AccessRule | undefined {
    return this.rules.get(controller)?.get(handler);
  }

  /**
   * @param examine answers what the guard could not enforce of a rule
   * @throws AccessDeclarationError naming everything that is wrong with any route at once.
   */
  resolve(examine: (rule: AccessRule) => readonly string[]): void {
    const mistakes: string[] = [];
    const entries: CatalogueEntry[] = [];
    for (const route of scanRoutes(this.modules, this.config)) {
      const { rule, contradictions } = combine(this.levelsOf(route));
      const name = `${route.method} ${route.path} (${route.controller.name}.${route.methodName})`;
      const wrong = [...contradictions, ...(rule ? [...misuses(route, rule), ...examine(rule)] : [])];
      mistakes.push(...wrong.map((one) => `${name}: ${one}.`));
      if (rule === undefined) mistakes.push(`${name} declares no access: add ${REMEDY}.`);
      else entries.push({ method: route.method, path: route.path, rule, route });
    }
    mistakes.push(...this.addUnguarded(entries));
    if (mistakes.length > 0) throw new AccessDeclarationError(mistakes);
    this.keep(entries);
  }

  /** @throws AccessDeclarationError where something is served that the catalogue does not hold. */
  refuseUnknown(served: readonly ServedRoute[]): void {
    const mistakes = this.unknownAmong(served);
    if (mistakes.length > 0) throw new AccessDeclarationError(mistakes);
  }

  /**
   * @param served everything that is served when the start ends
   * @throws AccessDeclarationError where something is served that the catalogue does not hold, or the other way round.
   */
  compareWithServed(served: readonly ServedRoute[]): void {
    const mistakes = [...this.unknownAmong(served), ...this.unservedBy(served)];
    if (mistakes.length > 0) throw new AccessDeclarationError(mistakes);
  }

  private unknownAmong(served: readonly ServedRoute[]): string[] {
    const known = new Set(this.resolved.map((entry) => `${entry.method} ${entry.path}`));
    return served
      .filter(({ method, path }) => {
        const asked = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
        return !asked.concat('ALL').some((candidate) => known.has(`${candidate} ${path}`));
      })
      .map(({ method, path }) => `${method} ${path} is served, but no controller declares it: ${DECLARE}.`);
  }

  /** Nothing is open there yet; what is served there one day would be, before anybody declares it. */
  private unservedBy(served: readonly ServedRoute[]): string[] {
    return this.resolved
      .filter(({ route }) => route === undefined)
      .filter(({ method, path }) => {
        const there = served.filter((one) => one.path === path);
        return !there.some((one) => method === 'ALL' || one.method === method);
      })
      .map(({ method, path }) => `${method} ${path} is declared by path, but nothing serves it: ${REMOVE}.`);
  }

  /** A route that a controller serves has a guard: to declare it by path would only hide who may reach it. */
  private addUnguarded(entries: CatalogueEntry[]): string[] {
    const guarded = new Set(entries.map(({ method, path }) => `${method} ${path}`));
    const unguarded = this.declared.flatMap((declared) => ('path' in declared ? [declared] : []));
    entries.push(
      ...unguarded.map(({ method, path, credential }) => ({ method, path, rule: { credential } })),
    );
    return unguarded
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => guarded.has(route))
      .map((route) => `${route} is declared by path, but a controller serves it: declare its class.`);
  }

  private levelsOf(route: ScannedRoute): (readonly AccessDeclaration[])[] {
    const classes: Type[] = [];
    for (let level = route.controller; typeof level === 'function' && level.prototype;) {
      classes.unshift(level);
      level = Object.getPrototypeOf(level) as Type;
    }
    const outside = this.declared
      .filter((declared) => 'controller' in declared && declared.controller === route.controller)
      .map(({ credential }) => ({ decorator: 'declare', credential }));
    return [outside, ...classes.map((level) => declarationsOn(level)), declarationsOfHandler(route)];
  }

  private keep(entries: readonly CatalogueEntry[]): void {
    this.resolved = [...entries].sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
    this.rules.clear();
    for (const { route, rule } of this.resolved) {
      if (!route) continue;
      const ofController = this.rules.get(route.controller) ?? new Map<unknown, AccessRule>();
      this.rules.set(route.controller, ofController.set(route.handler, rule));
    }
  }
}

function misuses(
  { controller, methodName }: ScannedRoute,
  { credential, requirements }: AccessRule,
): string[] {
  const unknown = requirements?.permissions.filter((permission) => !isDefinedPermission(permission)) ?? [];
  return [
    ...unknown.map(
      (permission) => `no feature defines the permission ${permission}: see definePermissions()`,
    ),
    ...misreadBy(controller, methodName, credential),
  ];
}

/** As written on the member: the function that is served may be one that another decorator put in its place. */
function declarationsOfHandler({
  controller,
  handler,
  methodName,
}: ScannedRoute): readonly AccessDeclaration[] {
  let owner = controller.prototype as object;
  while (!Object.hasOwn(owner, methodName)) owner = Object.getPrototypeOf(owner) as object;
  const written = declarationsOn(owner, methodName);
  return written.length > 0 ? written : declarationsOn(handler);
}

const REMEDY = '@AuthRequired(), @AuthOptional() or @Public() to the handler or its class';
const DECLARE = 'declare it in AccessModule.forRoot({ declare: [...] })';
const REMOVE = 'take it out of AccessModule.forRoot({ declare: [...] }), or serve it before the start ends';

/** By code unit, so that the order is the same on every machine and in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
