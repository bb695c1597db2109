import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TrustedProxies } from './proxies.js';

const proxies = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:aaaa::/48', 'fe80::/10', '::1']);

describe('which peers are trusted', () => {
  it.each([
    ['10.0.0.0', true],
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['9.255.255.255', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['2001:db8:aaaa::', true],
    ['2001:db8:aaaa:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db8:aaab::', false],
    ['febf:ffff::1', true],
    ['fec0::1', false],
    ['::1', true],
    ['::2', false],
    ['', false],
    ['localhost', false],
  ])('%s: %s', (address, trusted) => expect(proxies.trusts(address)).toBe(trusted));

  it('none where none is named', () => {
    expect(new TrustedProxies([]).trusts('127.0.0.1')).toBe(false);
    expect(new TrustedProxies([]).clientOf('127.0.0.1', '1.2.3.4')).toBe('127.0.0.1');
  });
});

describe('the address of the client', () => {
  it.each([
    ['nothing forwarded', '10.0.0.1', undefined, '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['one hop', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['spoofing: a peer nobody trusts', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['spoofing: an address left of the real one', '10.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['spoofing: a trusted address left of the real one', '10.0.0.1', '10.0.0.9, 203.0.113.9', '203.0.113.9'],
    ['two proxies', '10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['three, of both families', '::1', '203.0.113.9,192.0.2.7 ,\t2001:db8:aaaa::7', '203.0.113.9'],
    ['all of them trusted', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a port', '10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['a port behind a trusted hop', '10.0.0.1', '203.0.113.9, 10.0.0.2:80', '203.0.113.9'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
    ['IPv6 in brackets', '10.0.0.1', '[2001:db8::9]', '2001:db8::9'],
    ['IPv6 bare', '10.0.0.1', '2001:db8::9', '2001:db8::9'],
    ['IPv6 in another spelling', '10.0.0.1', '2001:0DB8:0:0:0:0:0:9', '2001:db8::9'],
    ['IPv4 in IPv6', '10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['IPv4 in IPv6, in hexadecimal', '10.0.0.1', '::FFFF:cb00:7109', '203.0.113.9'],
    ['IPv4 in IPv6 with a port', '10.0.0.1', '[::ffff:203.0.113.9]:1', '203.0.113.9'],
    ['a trusted hop in IPv6', '10.0.0.1', '203.0.113.9, ::ffff:10.0.0.2', '203.0.113.9'],
    ['a peer on a socket of both families', '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['… that nobody trusts', '::ffff:203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['a peer with a zone', 'fe80::1%eth0', '203.0.113.9', '203.0.113.9'],
    ['a client with a zone', '10.0.0.1', '2001:db8::9%1', '2001:db8::9'],
    ['a zone where there is none', '10.0.0.1', '203.0.113.9%1', '10.0.0.1'],
    ['garbage next to the peer', '10.0.0.1', '203.0.113.9, garbage', '10.0.0.1'],
    ['garbage behind a good hop', '10.0.0.1', '203.0.113.9, garbage, 10.0.0.2', '10.0.0.2'],
    ['an empty entry', '10.0.0.1', '203.0.113.9, , 10.0.0.2', '10.0.0.2'],
    ['RFC 7239’s unknown', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['an address written short', '10.0.0.1', '127.1', '10.0.0.1'],
    ['an address as one number', '10.0.0.1', '2130706433', '10.0.0.1'],
    ['an address in octal', '10.0.0.1', '0177.0.0.1', '10.0.0.1'],
    ['too many ports', '10.0.0.1', '203.0.113.9:1:2', '10.0.0.1'],
    ['a port that is none', '10.0.0.1', '203.0.113.9:http', '10.0.0.1'],
    ['markup', '10.0.0.1', '<script>', '10.0.0.1'],
    ['a header of Forwarded', '10.0.0.1', 'for=203.0.113.9', '10.0.0.1'],
  ])('%s', (_, peer, forwarded, client) => expect(proxies.clientOf(peer, forwarded)).toBe(client));

  it('is never what an untrusted peer says, and always an address', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const entry = fc.oneof(address, fc.string(), fc.constant('10.0.0.2'));
    fc.assert(
      fc.property(address, fc.array(entry, { maxLength: 6 }), (real, entries) => {
        const claimed = entries.filter((one) => !one.includes(',')).join(',');
        const client = proxies.clientOf('10.0.0.1', `${claimed},${real}`);
        const alone = proxies.clientOf('10.0.0.1', real);
        if (!proxies.trusts(alone)) expect(client).toBe(alone);
        expect(proxies.clientOf('203.0.113.1', claimed)).toBe('203.0.113.1');
      }),
    );
  });
});

describe('the scheme by which the client came', () => {
  it.each([
    ['10.0.0.1', 'https', 'https'],
    ['10.0.0.1', 'HTTP', 'http'],
    ['10.0.0.1', 'http, https', 'https'],
    ['10.0.0.1', 'https, http', 'http'],
    ['10.0.0.1', 'javascript', undefined],
    ['10.0.0.1', '', undefined],
    ['10.0.0.1', undefined, undefined],
    ['203.0.113.1', 'https', undefined],
  ])('%s says %s: %s', (peer, said, scheme) => expect(proxies.protocolOf(peer, said)).toBe(scheme));
});
