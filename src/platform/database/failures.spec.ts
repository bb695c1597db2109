import { describe, expect, it } from '@jest/globals';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import pg from 'pg';
import { DatabaseUnavailable, violates, named } from './failures.js';

function system(code: string, syscall = 'connect'): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

function server(code: string, constraint?: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code, severity: 'ERROR', constraint });
}

function query(cause: Error): DrizzleQueryError {
  return new DrizzleQueryError('select 1', [], cause);
}

describe('DatabaseUnavailable.explains', () => {
  it.each([
    ['nobody listens', query(system('ECONNREFUSED'))],
    ['nobody listens on either loopback address', query(new AggregateError([system('ECONNREFUSED')]))],
    ['the connection broke', query(system('ECONNRESET', 'read'))],
    ['the socket file is gone', query(system('ENOENT'))],
    ['the name does not resolve', query(system('EAI_AGAIN', 'getaddrinfo'))],
    ['the pool waited in vain', query(new Error('timeout exceeded when trying to connect'))],
    ['the server hung up', query(new Error('Connection terminated unexpectedly'))],
    ['no answer came', query(new Error('Query read timeout'))],
    ['shut down by its administrator', query(server('57P01'))],
    ['starting up', server('57P03')],
    ['too many connections', server('53300')],
    ['closed to connections', server('55000')],
    ['a statement was cut', query(server('57014'))],
    ['a standby, not promoted yet', query(server('25006'))],
    ['named by this module', new DatabaseUnavailable('cut')],
    ['wrapped by a caller', new Error('could not register', { cause: query(system('ETIMEDOUT')) })],
  ])('yes: %s', (_, error) => {
    expect(DatabaseUnavailable.explains(error)).toBe(true);
  });

  it.each([
    ['a unique violation', query(server('23505'))],
    ['a syntax error', query(server('42601'))],
    ['a mail server that is away', system('ECONNREFUSED')],
    ['a file that is not there', query(system('ENOENT', 'open'))],
    ['a plain mistake', new TypeError('x is not a function')],
    ['a mistake that quotes the driver', new Error('Connection terminated unexpectedly')],
    ['nothing', undefined],
    ['a string', 'ECONNREFUSED'],
  ])('no: %s', (_, error) => {
    expect(DatabaseUnavailable.explains(error)).toBe(false);
  });

  it('ends with a cause that points back at itself', () => {
    const error: Error & { cause?: unknown } = new Error('round');
    error.cause = error;
    expect(DatabaseUnavailable.explains(error)).toBe(false);
  });
});

describe('named', () => {
  it('names what means away and leaves the rest as it is', () => {
    const refused = system('ECONNREFUSED');
    expect(named(refused)).toBeInstanceOf(DatabaseUnavailable);
    expect((named(refused) as Error).cause).toBe(refused);
    const clash = server('23505');
    expect(named(clash)).toBe(clash);
  });
});

describe('violates', () => {
  it('finds the violation beneath what wraps it, by its constraint where one is asked for', () => {
    const error = query(server('23505', 'users_email'));
    expect(violates(error, 'unique')).toBe(true);
    expect(violates(error, 'unique', 'users_email')).toBe(true);
    expect(violates(error, 'unique', 'users_pkey')).toBe(false);
    expect(violates(server('23503'), 'unique')).toBe(false);
    expect(violates(server('23503'), 'foreign_key')).toBe(true);
    expect(violates(error, 'foreign_key')).toBe(false);
    expect(violates(null, 'unique')).toBe(false);
  });
});
