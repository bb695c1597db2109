import { describe, expect, it } from '@jest/globals';
import { Log, NestLogger } from './index.js';

function logged(
  write: (log: Log) => void,
  level: ConstructorParameters<typeof Log>[0] = 'info',
): Array<Record<string, unknown>> {
  const lines: string[] = [];
  write(new Log(level, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('Log', () => {
  it('writes one JSON object a line', () => {
    const [line] = logged((log) => log.warn({ status: 503 }, 'a\nb'));
    expect(line).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      status: 503,
      msg: 'a\nb',
    });
  });

  it('follows its level', () => {
    const all = (log: Log) => (log.debug({}, '1'), log.info({}, '2'), log.warn({}, '3'), log.error({}, '4'));
    expect(logged(all, 'warn').map(({ msg }) => msg)).toEqual(['3', '4']);
    expect(logged(all, 'silent')).toEqual([]);
    expect([new Log('debug').debugs, new Log('info').debugs]).toEqual([true, false]);
  });

  it.each([
    'authorization',
    'Cookie',
    'set-cookie',
    'password',
    'new_password',
    'refresh_token',
    'secretKey',
    'email',
    'apiKey',
  ])('leak: %s is taken out at any depth', (name) => {
    const fields = { [name]: 'LEAK', a: { [name]: ['LEAK'], b: [{ [name]: { c: 'LEAK' } }] } };
    expect(JSON.stringify(logged((log) => log.error(fields, 'x')))).not.toContain('LEAK');
  });

  it("leak: a database error's parameters are taken out of message, stack, fields and cause", () => {
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(LEAK@a.test)',
    });
    const error = Object.assign(
      new Error('Failed query: insert into users\nparams: LEAK@a.test,LEAK\nLEAK', { cause }),
      {
        query: 'insert',
        params: ['LEAK'],
      },
    );
    const [line] = logged((log) => log.error({ err: error }, 'x'));
    expect(JSON.stringify(line)).not.toContain('LEAK');
    expect(line!.err).toMatchObject({
      message: 'Failed query: insert into users\nparams: [redacted]',
      stack: expect.stringContaining('at '),
      cause: { code: '23505', message: 'duplicate key' },
    });
  });

  it.each([
    ['22P02', 'invalid input syntax for type integer: "LEAK"'],
    ['22001', 'value too long: LEAK'],
    ['P0001', 'what a trigger says of LEAK'],
  ])('leak: a value that the database server repeats is taken out of its message (%s)', (code, message) => {
    const cause = Object.assign(new Error(message), { code, severity: 'ERROR' });
    const [line] = logged((log) => log.error({ err: new Error('Failed query', { cause }) }, 'x'));
    expect(JSON.stringify(line)).not.toContain('LEAK');
    expect(line!.err).toMatchObject({
      cause: { code, message: '[redacted]', stack: expect.stringContaining('at ') },
    });
  });

  it('keeps what the database server says of names', () => {
    const message = 'relation "users" does not exist';
    const err = Object.assign(new Error(message), { code: '42P01', severity: 'ERROR' });
    expect(logged((log) => log.error({ err }, 'x'))[0]!.err).toMatchObject({ message });
  });

  it('survives what cannot be written', () => {
    const circle: Record<string, unknown> = { n: 1n, bytes: Buffer.from('x') };
    circle.self = circle;
    const hostile = {
      get boom(): never {
        throw new Error('getter');
      },
    };
    expect(logged((log) => log.error({ circle }, 'x'))).toHaveLength(1);
    expect(logged((log) => log.error({ hostile }, 'x'))).toHaveLength(1);
  });
});

describe('NestLogger', () => {
  it('keeps the chatter of the framework for debugging, and its errors with their stack', () => {
    const speak = (log: Log) => {
      const nest = new NestLogger(log);
      nest.log('mapped', 'RouterExplorer');
      nest.verbose('v');
      nest.warn('careful', 'Nest');
      nest.error('broken', 'stack here', 'Nest');
      nest.fatal(new TypeError('very broken'));
    };
    expect(logged(speak)).toMatchObject([
      { level: 'warn', msg: 'careful', context: 'Nest' },
      { level: 'error', msg: 'broken', context: 'Nest', stack: 'stack here' },
      { level: 'error', msg: 'TypeError', err: { message: 'very broken' } },
    ]);
    expect(logged(speak, 'debug')).toHaveLength(5);
  });
});
