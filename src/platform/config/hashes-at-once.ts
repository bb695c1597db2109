import type { Machine } from './machine.js';
import type { ConfigurationValues } from './values.js';

const MIB = 1024 ** 2;

/** Left to the event loop. */
const CORES_FOR_OTHERS = 1;
/** What the service takes beside hashes, under a flood as well: what was measured (docs/performance.md), and room. */
const BESIDE_HASHES = { onServer: 384 * MIB, embedded: 480 * MIB };
/** What a thread takes beside its hash. */
const THREAD = 12 * MIB;

type Settings = Pick<ConfigurationValues, 'databaseUrl' | 'argon2'>;
type Limits = Pick<ConfigurationValues, 'passwordThreads' | 'memoryLimitBytes'>;

/**
 * How many passwords are hashed at once: `PASSWORD_THREADS`, or every core but one, as far as they fit in memory, but one.
 * A hash that was made with more memory than `PASSWORD_HASH_MEMORY` says today takes that much until its password is changed.
 */
export function hashesAtOnce(settings: Settings & Limits, machine: Machine): number {
  const wanted = settings.passwordThreads ?? machine.cores - CORES_FOR_OTHERS;
  return Math.max(1, Math.min(wanted, hashesThatFit(memoryOf(settings, machine), settings)));
}

/** What to tell where memory decides against what was configured, or is too short whatever is decided. */
export function shortageOfMemory(settings: Settings & Limits, machine: Machine): string | undefined {
  const memory = memoryOf(settings, machine);
  const wanted = settings.passwordThreads ?? 1;
  if (hashesThatFit(memory, settings) >= wanted) return undefined;
  const atOnce = hashesAtOnce(settings, machine);
  return (
    `Memory is short: ${Math.floor(memory / MIB)} MiB, and ${mebibytesFor(wanted, settings)} MiB are needed to hash ` +
    `${wanted} at once (PASSWORD_THREADS). Passwords are hashed ${atOnce} at once.`
  );
}

/** How many passwords can be hashed at once in so much memory; below 1 where it is too small for the service itself. */
export function hashesThatFit(bytes: number, settings: Settings): number {
  return Math.floor((bytes - besideHashes(settings)) / bytesEach(settings));
}

/** The memory in which so many passwords can be hashed at once, in MiB. */
export function mebibytesFor(hashes: number, settings: Settings): number {
  return Math.ceil((besideHashes(settings) + hashes * bytesEach(settings)) / MIB);
}

function memoryOf({ memoryLimitBytes = Infinity }: Limits, { memoryBytes }: Machine): number {
  return Math.min(memoryLimitBytes, memoryBytes);
}

function besideHashes({ databaseUrl }: Settings): number {
  return databaseUrl === undefined ? BESIDE_HASHES.embedded : BESIDE_HASHES.onServer;
}

function bytesEach({ argon2 }: Settings): number {
  return THREAD + argon2.memoryKib * 1024;
}
