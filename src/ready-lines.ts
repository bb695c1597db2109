import { relative } from 'node:path';
import type { Started } from './app.js';
import type { Configuration } from './platform/config/index.js';

/** What the first lines tell: that it is ready, where, on what, and where to click next. */
export function readyLines(
  configuration: Configuration,
  { database, keys, metrics, secretKeyId, secretsMade }: Started,
): string {
  const { host, port, docs, issuer } = configuration;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines: (readonly [string, string])[] = [
    ['issuer', issuer],
    ['database', `${NAMES[database.kind]}, ${shown(database.where)}${database.created ? ', made now' : ''}`],
    ['keys', `${keys.algorithm}, ${keys.kid}${keys.made ? ', made now' : ''}`],
  ];
  if (keys.successor) {
    const { algorithm, from } = keys.successor;
    lines.push(['', `${algorithm} signs from ${from.toISOString()} on, when every verifier has its key`]);
  }
  lines.push(['secret key', `id ${secretKeyId}`]);
  if (database.migrationsApplied > 0) lines.push(['migrations', `${database.migrationsApplied} applied`]);
  secretsMade.forEach((path) => lines.push(['secret', `made now: ${shown(path)}`]));
  if (metrics) lines.push(['metrics', metrics]);
  if (docs) lines.unshift(['docs', `${address}/docs`]);
  return [
    `Sumun is ready at ${address}`,
    ...lines.map(([name, text]) => `  ${name.padEnd(10)} ${text}`),
    '',
  ].join('\n');
}

const NAMES = { pglite: 'embedded PostgreSQL (PGlite)', postgres: 'PostgreSQL' };

/** Paths below the working directory are shown as the reader would type them. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return path.startsWith('/') && !near.startsWith('..') ? `./${near}` : path;
}
