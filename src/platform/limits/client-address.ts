import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A /64 in groups of 16 bits. */
const NETWORK_GROUPS = 4;

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, for whoever has one address of a
 * /64 has all 2⁶⁴ of them. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is the IPv4 address. Whatever is
 * no address at all is one client as well.
 */
export function clientAddress(ip: string | null | undefined): string {
  if (ip == null) return 'unknown';
  // Which takes the canonical spelling alone.
  if (isIPv4(ip)) return ip;
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address instanceof ipaddr.IPv4) return address.toString();
  const network = address.parts.map((group, index) => (index < NETWORK_GROUPS ? group : 0));
  return `${new ipaddr.IPv6(network).toString()}/64`;
}
