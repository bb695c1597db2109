import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { PasswordHasher } from '../../../src/passwords/index.js';
import { aUser, disable, PASSWORD, type RegisteredUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';
import type { Answer } from '../../support/answer.js';

let app = await startApp();
afterEach(() => void jest.restoreAllMocks());

const WRONG = 'not the password at all';
const login = (email: string, password: string) => app.http.post('/auth/login', { email, password });

async function refusals(): Promise<Record<string, () => Promise<Answer>>> {
  const user = await aUser(app);
  const disabled = await aUser(app);
  await disable(app, disabled);
  return {
    'unknown account': () => login('nobody@example.com', WRONG),
    'wrong password': () => login(user.email, WRONG),
    'disabled user, right password': () => login(disabled.email, PASSWORD),
    'disabled user, wrong password': () => login(disabled.email, WRONG),
  };
}

describe('account enumeration', () => {
  it('unknown account, wrong password and disabled user are answered alike, in body and headers', async () => {
    const seen = [];
    for (const attempt of Object.values(await refusals())) {
      const { status, headers, body } = await attempt();
      expect([status, body.code]).toEqual([401, 'invalid_credentials']);
      seen.push({
        headers: { ...headers, date: '', 'x-request-id': '' },
        order: Object.keys(headers),
        body: { ...body, request_id: '' },
      });
    }
    for (const one of seen) expect(one).toEqual(seen[0]);
  });

  it('… and cost the same work: one hash, of the same parameters', async () => {
    const hasher = app.nest.get(PasswordHasher);
    const verify = jest.spyOn(hasher, 'verify');
    const hash = jest.spyOn(hasher, 'hash');
    for (const [name, attempt] of Object.entries(await refusals())) {
      verify.mockClear();
      hash.mockClear();
      await attempt();
      const parameters = verify.mock.calls.map(([phc]) => phc.split('$').slice(1, 4).join(' '));
      expect({ name, parameters }).toEqual({ name, parameters: ['argon2id v=19 m=8,t=1,p=1'] });
      expect(hash).not.toHaveBeenCalled();
    }
  });

  it('no session is left behind', async () => {
    const before = await app.sql('SELECT id FROM sessions');
    for (const attempt of Object.values(await refusals())) await attempt();
    expect(await app.sql('SELECT id FROM sessions')).toEqual(before);
  });
});

describe('what is presented as a password', () => {
  it('a lone surrogate does not stand for the U+FFFD that it hashes as', async () => {
    const { email } = await aUser(app, { password: 'x7#kQ9!z\ufffd' });
    expect((await login(email, 'x7#kQ9!z\ud800')).status).toBe(401);
    expect((await login(email, 'x7#kQ9!z\ufffd')).status).toBe(200);
  });

  it.each([
    ['', 'too_short'],
    ['🦊'.repeat(257), 'too_long'],
    [{ $ne: '' }, 'wrong_type'],
    [['a'], 'wrong_type'],
    [true, 'wrong_type'],
    [undefined, 'required'],
  ])('%j is refused as %s, before anything is hashed', async (password, code) => {
    const verify = jest.spyOn(app.nest.get(PasswordHasher), 'verify');
    const { status, body } = await app.http.post('/auth/login', { email: 'kim@example.com', password });
    expect([status, body.errors[0].code]).toEqual([400, code]);
    expect(verify).not.toHaveBeenCalled();
  });

  it('SQL in an address or a password is text like any other', async () => {
    expect((await login(`'or'1'='1@example.com`, `' OR '1'='1`)).status).toBe(401);
  });
});

describe('a user changed while its password is being hashed', () => {
  /** Does so before each of the next hashes are compared, and counts them. */
  function changing(id: string, ...changes: string[]): jest.SpiedFunction<PasswordHasher['verify']> {
    const hasher = app.nest.get(PasswordHasher);
    const verify = hasher.verify.bind(hasher);
    const spy = jest.spyOn(hasher, 'verify');
    for (const change of changes)
      spy.mockImplementationOnce(async (hashed, password) => {
        await app.sql(change.replaceAll('$1', `'${id}'`));
        return verify(hashed, password);
      });
    return spy;
  }
  const RAISED = 'UPDATE users SET version = version + 1 WHERE id = $1';
  const sessionsOf = (id: string) => app.sql(`SELECT id FROM sessions WHERE user_id = '${id}'`);

  it('has other roles: the password is right still, and opens a session of the user as it is now', async () => {
    const user = await aUser(app);
    const verify = changing(user.id, RAISED);
    const { status, body } = await login(user.email, user.password);
    expect([status, verify.mock.calls.length]).toEqual([200, 2]);
    expect((await app.http.get('/protected', { token: body.access_token })).status).toBe(200);
    verify.mockRestore();
  });

  it.each([
    [
      'has a new password',
      [
        `${RAISED}; UPDATE passwords SET hash = (SELECT hash FROM passwords WHERE user_id = $2) WHERE user_id = $1`,
      ],
    ],
    ['is disabled', ['UPDATE users SET disabled_at = now() WHERE id = $1']],
    ['is changed with every try', [RAISED, RAISED]],
  ])('%s: no session opens', async (_, changes) => {
    const other = await aUser(app, { password: 'another quiet harbour' });
    const user = await aUser(app);
    const verify = changing(user.id, ...changes.map((one) => one.replace('$2', `'${other.id}'`)));
    const { status, body } = await login(user.email, user.password);
    expect([status, body.code, verify.mock.calls.length]).toEqual([401, 'invalid_credentials', 2]);
    expect(await sessionsOf(user.id)).toEqual([]);
    verify.mockRestore();
  });
});

describe('rehash at login', () => {
  const stored = async ({ id }: RegisteredUser) =>
    (await app.sql<{ hash: string }>(`SELECT hash FROM passwords WHERE user_id = '${id}'`))[0]!.hash;

  it('raises the parameters of a hash that has fallen behind, and never lowers them', async () => {
    const user = await aUser(app);
    expect(await stored(user)).toContain('$m=8,t=1,p=1$');
    app = await app.restart({ env: { PASSWORD_HASH_TIME: '2' } });
    expect((await login(user.email, WRONG)).status).toBe(401);
    expect(await stored(user)).toContain('$m=8,t=1,p=1$');
    expect((await login(user.email, user.password)).status).toBe(200);
    expect(await stored(user)).toContain('$m=8,t=2,p=1$');
    app = await app.restart({ env: { PASSWORD_HASH_TIME: '1' } });
    expect((await login(user.email, user.password)).status).toBe(200);
    expect(await stored(user)).toContain('$m=8,t=2,p=1$');
  });

  it('does not overwrite a password that was changed meanwhile', async () => {
    const user = await aUser(app);
    app = await app.restart({ env: { PASSWORD_HASH_TIME: '2' } });
    const hasher = app.nest.get(PasswordHasher);
    const hash = hasher.hash.bind(hasher);
    const changed = await hash('the password it was changed to');
    jest.spyOn(hasher, 'hash').mockImplementationOnce(async (password) => {
      await app.sql(`UPDATE passwords SET hash = '${changed}' WHERE user_id = '${user.id}'`);
      return hash(password);
    });
    await login(user.email, user.password);
    expect(await stored(user)).toBe(changed);
    expect((await login(user.email, user.password)).status).toBe(401);
  });
});
