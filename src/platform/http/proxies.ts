import { BlockList, isIP, SocketAddress, type Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../logging/index.js';

/** Beyond it another peer is not told of: whoever has a thousand addresses must not write a thousand lines. */
const MOST_WARNINGS = 32;
/** Of answers whether an address is trusted: the next request is by the same proxy. */
const MOST_REMEMBERED = 1_000;

/**
 * Whose word is taken for the address of a client.
 *
 * Its own instead of the framework's `trustProxy`: that one also believes `X-Forwarded-Host`, keeps the port
 * in an address, and takes garbage for a hop.
 */
export class TrustedProxies {
  private readonly ranges = new BlockList();
  private readonly any: boolean;
  private readonly remembered = new Map<string, boolean>();

  /** @param ranges addresses and CIDR ranges, checked before. */
  constructor(ranges: readonly string[]) {
    this.any = ranges.length > 0;
    for (const range of ranges) {
      const [address, bits] = range.split('/') as [string, string?];
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.ranges.addAddress(address, family);
      else this.ranges.addSubnet(address, Number(bits), family);
    }
  }

  trusts(address: string): boolean {
    if (!this.any) return false;
    const remembered = this.remembered.get(address);
    if (remembered !== undefined) return remembered;
    const answer = isIP(address) !== 0 && this.ranges.check(address, familyOf(address));
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(address, answer);
    return answer;
  }

  /** The right-most hop that is not trusted. What lies left of it, anybody can have written. */
  clientOf(peer: string, forwardedFor: string | undefined): string {
    let client = normalized(peer) ?? peer;
    if (forwardedFor === undefined || !this.trusts(client)) return client;
    for (const entry of forwardedFor.split(',').reverse()) {
      const hop = normalized(withoutPort(entry.trim()));
      if (hop === undefined) return client;
      client = hop;
      if (!this.trusts(hop)) return client;
    }
    return client;
  }

  /** The scheme by which the client came, as the nearest proxy saw it. */
  protocolOf(peer: string, forwardedProto: string | undefined): 'http' | 'https' | undefined {
    if (forwardedProto === undefined || !this.trusts(normalized(peer) ?? peer)) return undefined;
    const last = forwardedProto.split(',').at(-1)!.trim().toLowerCase();
    return last === 'http' || last === 'https' ? last : undefined;
  }
}

/** One spelling an address: limits are counted, and sessions shown, by it. */
function normalized(address: string): string | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 4) return address;
  // Without the zone (`%eth0`), too.
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  const mapped = canonical.startsWith('::ffff:') ? canonical.slice('::ffff:'.length) : '';
  return isIP(mapped) === 4 ? mapped : canonical;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
}

/** Gives every request the client's address (`ip`) and scheme (`protocol`), by what trusted proxies say. */
export function installProxies(instance: FastifyInstance, ranges: readonly string[]): TrustedProxies {
  const proxies = new TrustedProxies(ranges);
  rememberPeers(instance);
  instance.decorateRequest('ip', {
    getter(this: FastifyRequest) {
      return proxies.clientOf(peerOf(this), header(this, 'x-forwarded-for'));
    },
  });
  instance.decorateRequest('protocol', {
    getter(this: FastifyRequest) {
      const seen = (this.socket as { encrypted?: boolean }).encrypted ? 'https' : 'http';
      return proxies.protocolOf(peerOf(this), header(this, 'x-forwarded-proto')) ?? seen;
    },
  });
  return proxies;
}

/**
 * A socket remembers its peer once it was asked, and a closed one cannot find out any more: whoever hung up before
 * the answer would be counted, and recorded, as nobody. Who is gone before the connection is taken has left nobody to
 * answer, and perhaps a whole request: it is not served.
 */
function rememberPeers({ server }: FastifyInstance): void {
  server.on('connection', (socket: Socket) => {
    if (socket.remoteAddress === undefined) socket.destroy();
  });
}

/**
 * Behind a proxy that nobody named, all clients share its address, and with it one rate limit: the operator
 * is told, once a peer.
 */
export function warnOfStrangers(instance: FastifyInstance, proxies: TrustedProxies, log: Log): void {
  const told = new Set<string>();
  instance.addHook('onRequest', (request, _reply, done) => {
    if (header(request, 'x-forwarded-for') !== undefined && told.size < MOST_WARNINGS) {
      const peer = normalized(peerOf(request)) ?? '';
      if (!told.has(peer) && !proxies.trusts(peer)) {
        told.add(peer);
        log.warn({ peer }, 'X-Forwarded-For ignored: if this peer is your proxy, name it in TRUSTED_PROXIES');
      }
    }
    done();
  });
}

function peerOf(request: FastifyRequest): string {
  return request.raw.socket.remoteAddress ?? '';
}

/** Node joins repeated ones by comma. */
function header(request: FastifyRequest, name: string): string | undefined {
  return request.headers[name] as string | undefined;
}
