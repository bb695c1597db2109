import { describe, expect, it } from '@jest/globals';
import { clientAddress } from './client-address.js';

describe('a client address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['127.0.0.1', '127.0.0.1'],
  ])('is an IPv4 address, in either form: %s', (ip, expected) => {
    expect(clientAddress(ip)).toBe(expected);
  });

  it.each([
    '2001:db8:1:2::',
    '2001:db8:1:2::1',
    '2001:DB8:1:2:ffff:ffff:ffff:ffff',
    '2001:0db8:0001:0002:0000:0000:0000:0001',
    '2001:db8:1:2::192.0.2.1',
  ])('is the /64 of an IPv6 address: %s', (ip) => {
    expect(clientAddress(ip)).toBe('2001:db8:1:2::/64');
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['192.0.2.1', '192.0.2.2'],
    ['::1', '127.0.0.1'],
  ])('tells %s from %s', (one, other) => {
    expect(clientAddress(one)).not.toBe(clientAddress(other));
  });

  it('takes whatever is no address for one client: inventing names gets nobody a limit of his own', () => {
    const inventions = ['', 'a', 'b', '1.2.3.4:80', '999.1.1.1', undefined];
    expect(new Set(inventions.map(clientAddress)).size).toBe(1);
  });

  it('holds no space, so that it can stand before an email address in one key', () => {
    for (const ip of ['192.0.2.1', '2001:db8::1', 'an invention'])
      expect(clientAddress(ip)).not.toContain(' ');
  });
});
