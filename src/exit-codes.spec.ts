import { describe, expect, it } from '@jest/globals';
import { accessCatalogue } from './access/index.js';
import { NotAnswered } from './ask-password.js';
import { exitCodeOf, explain } from './exit-codes.js';
import { EX_USAGE, UsageError } from './sysexits.js';
import { ConfigurationError } from './platform/config/index.js';
import { ControlError } from './platform/control/index.js';
import { ForeignKey, SecretUnusable } from './platform/crypto/index.js';
import { DatabaseInUse, DatabaseRefused, DatabaseUnavailable } from './platform/database/index.js';

const inUse = new DatabaseInUse('/data', {
  pid: 7,
  host: 'h',
  started_at: '2026-11-23T00:00:00.000Z',
  control: null,
});
const wrong = new ConfigurationError([{ variable: 'PORT', problem: 'is no port', example: '3000' }] as never);

describe('exitCodeOf', () => {
  it.each([
    ['a wrong configuration: EX_CONFIG, so that a supervisor does not try again', wrong, 78],
    ['a database in use: EX_TEMPFAIL, so that it does', inUse, 75],
    ['no service to ask', new ControlError('not_running', 'x'), 75],
    ['input that the service refuses', new ControlError('validation_failed', 'x'), 65],
    ['an undeclared route', new accessCatalogue.AccessDeclarationError(['x']), 1],
    ['a database that is away', new DatabaseUnavailable('x'), 69],
    ['a database that must be mended first', new DatabaseRefused('x'), 78],
    ['a foreign SECRET_KEY', new ForeignKey('1a2b3c4d'), 78],
    ['a damaged secret', new SecretUnusable('x'), 78],
    ['the wrong command for the situation', new UsageError('x'), 64],
    ['a bug', new TypeError('x'), 1],
    ['a thrown string', 'x', 1],
    ['nothing', undefined, 1],
  ])('%s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('is never 0, and sysexits.h has 64 for a wrong command line', () => {
    expect(EX_USAGE).toBe(64);
    for (const error of [null, undefined, 0, '', {}, new Error()])
      expect(exitCodeOf(error)).toBeGreaterThan(0);
  });
});

describe('explain', () => {
  it.each([
    inUse,
    wrong,
    new NotAnswered('The two passwords differ.'),
    new DatabaseUnavailable('The database is not open.'),
    new accessCatalogue.AccessDeclarationError(['GET /a declares no access']),
  ])('of %p tells a person the message and no stack', (error) => {
    expect(explain(error)).toBe(error.message);
    expect(explain(error)).not.toContain('    at ');
  });

  it('names who holds the database', () => {
    expect(explain(inUse)).toContain('process 7 on host h');
  });

  it('tells each refused field of a command, a line each', () => {
    const details = [
      { field: 'email', code: 'invalid_format', message: 'It must be an address.' },
      { field: 'password', code: 'too_short', message: 'It is too short.' },
    ];
    expect(explain(new ControlError('validation_failed', 'Refused.', details))).toBe(
      'Refused.\n  email: It must be an address.\n  password: It is too short.',
    );
    expect(explain(new ControlError('not_running', 'No service.'))).toBe('No service.');
  });

  it('of a port in use says which, and what to do', () => {
    const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 3000 });
    expect(explain(error)).toMatch(/^Port 3000 is in use\..*PORT/);
  });

  it('of a bug tells the stack', () => {
    expect(explain(new TypeError('a bug'))).toMatch(/TypeError: a bug\n\s+at /);
  });

  it.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
  ])('of %p, which is no error, does not fail in its turn', (thrown, text) => {
    expect(explain(thrown)).toBe(text);
  });
});
