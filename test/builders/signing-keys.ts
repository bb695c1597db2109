import type { keyCommands } from '../../src/keys/index.js';
import { ControlCommands } from '../../src/platform/control/index.js';
import { Timers } from '../../src/platform/timers/index.js';
import type { TestApp } from '../support/app.js';

/** Longer than a key is published before it signs: twice the max-age of the set. */
export const LEAD_SECONDS = 601;

/** Runs a command inside the app, as its command line does. */
export function command<T>(app: TestApp, name: string, input: unknown = {}): Promise<T> {
  return app.nest.get(ControlCommands).run(name, input) as Promise<T>;
}

export const rotate = (app: TestApp) => command<keyCommands.Rotated>(app, 'keys:rotate');

export const revoke = (app: TestApp, kid: string) =>
  command<keyCommands.Revoked>(app, 'keys:revoke', { kid });

/** What the timers of an app do by themselves. */
export const timersOf = (app: TestApp) => app.nest.get(Timers).runAll();

/** The kids of the keys of an algorithm by their stages, as the database has them. */
export async function stages(app: TestApp, algorithm = 'ES256'): Promise<Record<string, string[]>> {
  const keys = await command<keyCommands.KeyLine[]>(app, 'keys:list');
  const found: Record<string, string[]> = { current: [], next: [], retired: [] };
  for (const { kid, stage, algorithm: its } of keys) if (its === algorithm) found[stage]!.push(kid);
  return found;
}

/** The kids that an app publishes. */
export async function published(app: TestApp): Promise<string[]> {
  const { body } = await app.http.get('/.well-known/jwks.json');
  return (body.keys as { kid: string }[]).map(({ kid }) => kid);
}
