import { isIP } from 'node:net';
import { list, Refusal } from './parsers.js';

const BITS = { 4: 32, 6: 128 } as const;
const WHAT = 'must be comma-separated IPv4 or IPv6 addresses or CIDR ranges, without host names or ports';

/** Comma-separated addresses and CIDR ranges; what would trust more or less than it seems to is refused. */
export function addressRanges(text: string): string[] {
  const entries = list(text);
  entries.forEach((entry, n) => check(entry, `entry ${n + 1}`));
  return entries;
}

function check(entry: string, which: string): void {
  const [address, prefix, ...rest] = entry.split('/') as [string, string?, ...string[]];
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0) throw new Refusal(`${WHAT}; ${which} is neither.`);
  if (/^::ffff:/i.test(address)) throw new Refusal(`${which} is an IPv4 address in IPv6; write it as IPv4.`);
  if (prefix === undefined) return;
  const all = BITS[version as 4 | 6];
  const bits = /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(bits <= all)) throw new Refusal(`${which} must end in a prefix length from 1 to ${all}.`);
  if (bits === 0)
    throw new Refusal(`${which} would trust every address there is: anybody could claim any address.`);
  if (hasHostBits(address, version as 4 | 6, bits))
    throw new Refusal(`${which} has bits set behind its prefix of ${bits}; write the range's first address.`);
}

function hasHostBits(address: string, version: 4 | 6, bits: number): boolean {
  const value = version === 4 ? valueOf(address.split('.'), 8, 10) : valueOf(expanded(address), 16, 16);
  return (value & ((1n << BigInt(BITS[version] - bits)) - 1n)) !== 0n;
}

function valueOf(parts: readonly string[], width: number, radix: number): bigint {
  return parts.reduce((value, part) => (value << BigInt(width)) | BigInt(Number.parseInt(part, radix)), 0n);
}

/** The eight groups of an IPv6 address. `URL` writes a dotted tail in hexadecimal and compresses zeros. */
function expanded(address: string): string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = (half: string) => (half === '' ? [] : half.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  return tail === undefined
    ? left
    : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}
