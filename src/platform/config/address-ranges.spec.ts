import { describe, expect, it } from '@jest/globals';
import { addressRanges } from './address-ranges.js';
import { origins } from './parsers.js';

describe('TRUSTED_PROXIES', () => {
  it.each([
    ['192.0.2.7'],
    ['10.0.0.0/8'],
    ['10.0.0.1/32'],
    ['172.16.0.0/12'],
    ['192.0.2.128/25'],
    ['128.0.0.0/1'],
    ['::1'],
    ['fd00::/8'],
    ['fe80::/10'],
    ['2001:db8::/33'],
    ['2001:db8:0:0:1:2:3:4/128'],
    ['8000::/1'],
  ])('takes %s', (text) => expect(addressRanges(text)).toEqual([text]));

  it('takes several, with blanks', () => {
    expect(addressRanges('10.0.0.0/8, fd00::/8 ,192.0.2.7')).toEqual(['10.0.0.0/8', 'fd00::/8', '192.0.2.7']);
  });

  it.each([
    ['proxy.example.com', 'entry 1 is neither'],
    ['10.0.0.1,10.0.0.2:80', 'entry 2 is neither'],
    ['[::1]', 'entry 1 is neither'],
    ['10.1', 'entry 1 is neither'],
    ['010.0.0.1', 'entry 1 is neither'],
    ['fe80::1%eth0', 'entry 1 is neither'],
    ['loopback', 'entry 1 is neither'],
    ['*', 'entry 1 is neither'],
    ['10.0.0.0/8/8', 'entry 1 is neither'],
    ['10.0.0.0/', 'from 1 to 32'],
    ['10.0.0.0/33', 'from 1 to 32'],
    ['10.0.0.0/08', 'from 1 to 32'],
    ['10.0.0.0/-8', 'from 1 to 32'],
    ['10.0.0.0/255.0.0.0', 'from 1 to 32'],
    ['fd00::/129', 'from 1 to 128'],
    ['0.0.0.0/0', 'trust every address'],
    ['::/0', 'trust every address'],
    ['10.0.0.1/8', "write the range's first address"],
    ['192.0.2.129/25', "write the range's first address"],
    ['2001:db8::1/64', "write the range's first address"],
    ['fec0::/9', "write the range's first address"],
    ['::ffff:10.0.0.1', 'write it as IPv4'],
    ['10.0.0.1,10.0.0.1', 'different'],
    ['10.0.0.1,', 'list'],
  ])('refuses %s: %s', (text, why) => expect(() => addressRanges(text)).toThrow(why));
});

describe('CORS_ORIGINS', () => {
  it('takes exact origins', () => {
    const text = 'https://app.example.com, http://localhost:5173,https://[::1]:8443';
    expect(origins(text)).toEqual(['https://app.example.com', 'http://localhost:5173', 'https://[::1]:8443']);
  });

  it.each([
    '*',
    'null',
    'https://*.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com?x',
    'https://app.example.com:443',
    'https://APP.example.com',
    'https://user@app.example.com',
    'app.example.com',
    'file://',
    'https://a.example.com,*',
  ])('refuses %s', (text) => expect(() => origins(text)).toThrow('must be exact'));
});
