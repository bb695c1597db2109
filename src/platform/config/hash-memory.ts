import type { Draft } from './values.js';

const MIB = 1024 ** 2;

/**
 * What the service takes beside hashes, under a flood and with room to spare: more was not measured on any Node
 * (docs/performance.md).
 */
const BESIDE_HASHES = { server: 320 * MIB, embedded: 480 * MIB };
/** What a thread takes for itself. */
const THREAD = 12 * MIB;

type Takes = Pick<Draft, 'databaseUrl'> & { readonly argon2: { readonly memoryKib: number } };

/** How many passwords can be hashed at once in so much memory. */
export function hashesThatFit(bytes: number, service: Takes): number {
  return Math.floor((bytes - besideHashes(service)) / (THREAD + service.argon2.memoryKib * 1024));
}

/** The memory with which so many passwords can be hashed at once, in MiB. */
export function mebibytesFor(hashes: number, service: Takes): number {
  const bytes = besideHashes(service) + hashes * (THREAD + service.argon2.memoryKib * 1024);
  return Math.ceil(bytes / MIB);
}

function besideHashes({ databaseUrl }: Takes): number {
  return databaseUrl === undefined ? BESIDE_HASHES.embedded : BESIDE_HASHES.server;
}
