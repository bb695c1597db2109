import { describe, expect, it } from '@jest/globals';
import { aUser, anAddress, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();

const register = (body: object) =>
  app.http.post('/auth/register', { email: anAddress(), password: PASSWORD, ...body });
const login = (email: string, password: string) => app.http.post('/auth/login', { email, password });

async function refusal(body: object): Promise<{ field: string; code: string }[]> {
  const answer = await register(body);
  expect(answer.status).toBe(400);
  return answer.body.errors.map(({ field, code }: { field: string; code: string }) => ({ field, code }));
}

describe('POST /auth/register', () => {
  it('answers 201 with the user, and with nothing that was secret', async () => {
    const { status, text, body } = await register({ email: 'kim@example.com', name: '김하늘' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      email: 'kim@example.com',
      email_verified: false,
      name: '김하늘',
      roles: ['user'],
      created_at: '2026-11-23T01:02:03.456Z',
      updated_at: '2026-11-23T01:02:03.456Z',
    });
    const [row] = await app.sql<{ hash: string }>(
      `SELECT hash FROM passwords WHERE user_id = '${String(body.id)}'`,
    );
    expect(row!.hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(row!.hash.split('$').at(-1));
  });

  it.each(['roles', 'id', 'email_verified', 'version', 'disabled_at', 'is_admin'])(
    'mass assignment: refuses the field %s instead of taking it in',
    async (field) => {
      expect(await refusal({ [field]: ['admin'] })).toEqual([{ field, code: 'unknown_field' }]);
    },
  );

  it('names every field that is wrong, in Korean on request', async () => {
    const { status, body, headers } = await app.http.post(
      '/auth/register',
      { password: 'short', name: 7 },
      { headers: { 'Accept-Language': 'ko' } },
    );
    expect(status).toBe(400);
    expect(headers['content-language']).toBe('ko');
    const found = body.errors as { field: string; code: string; message: string }[];
    expect(found.map(({ field, code }) => `${field} ${code}`).sort()).toEqual([
      'email required',
      'name wrong_type',
      'password too_short',
    ]);
    for (const { message } of found) expect(message).toMatch(/[가-힣]/);
  });
});

describe('addresses', () => {
  it('are trimmed and lower-cased, at register and at login', async () => {
    const { status, body } = await register({ email: '  Lee@Example.COM ' });
    expect([status, body.email]).toEqual([201, 'lee@example.com']);
    expect((await login(' LEE@example.com', PASSWORD)).status).toBe(200);
  });

  it.each([
    ['the Kelvin sign, which Unicode lowers to k', '\u212Aim2@example.com'],
    ['a Cyrillic letter', 'k\u0456m2@example.com'],
    ['a full-width letter', '\uFF4Bim2@example.com'],
    ['an internationalized domain', 'kim2@ex\u00E4mple.com'],
    ['a NUL', 'kim2@example.com\u0000'],
    ['a line break: header injection', 'kim2@example.com\r\nBcc: all@example.com'],
    ['a blank inside', 'kim 2@example.com'],
    ['two @', 'kim2@a@example.com'],
    ['no domain', 'kim2'],
    ['nothing', ''],
  ])('homographs and odd ones are refused: %s', async (_, email) => {
    await register({ email: 'kim2@example.com' });
    expect(await refusal({ email })).toEqual([{ field: 'email', code: 'invalid_format' }]);
    expect((await login(email, PASSWORD)).status).toBe(400);
  });

  it('hold at most 254 characters', async () => {
    const labels = ['a', 'b', 'c'].map((letter) => letter.repeat(60)).join('.');
    const fitting = `${'l'.repeat(60)}@${labels}.dddddd.com`;
    expect(fitting).toHaveLength(254);
    expect((await register({ email: fitting })).status).toBe(201);
    expect(await refusal({ email: `x${fitting}` })).toContainEqual({ field: 'email', code: 'too_long' });
  });

  it('are unique, whatever their case', async () => {
    const { email } = await aUser(app);
    const { status, body } = await register({ email: email.toUpperCase() });
    expect([status, body.code]).toEqual([409, 'email_taken']);
  });

  it('race: of 20 registrations of one address at once exactly one succeeds', async () => {
    const email = anAddress();
    const answers = await Promise.all(Array.from({ length: 20 }, () => register({ email })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(await app.sql(`SELECT id FROM users WHERE email = '${email}'`)).toHaveLength(1);
    expect((await login(email, PASSWORD)).status).toBe(200);
  });
});

describe('names', () => {
  it.each([
    ['absent', undefined, null],
    ['null', null, null],
    ['one character', '김', '김'],
    ['100 code points of two UTF-16 units each', '𠮷'.repeat(100), '𠮷'.repeat(100)],
  ])('are taken: %s', async (_, name, kept) => {
    const { status, body } = await register({ name });
    expect([status, body.name]).toEqual([201, kept]);
  });

  it.each([
    ['', 'too_short'],
    ['𠮷'.repeat(101), 'too_long'],
    ['a\u0000b', 'invalid_format'],
    ['a\nb', 'invalid_format'],
    ['a\u0085b', 'invalid_format'],
    ['a\ud800', 'invalid_format'],
    [7, 'wrong_type'],
    [['a'], 'wrong_type'],
    [{}, 'wrong_type'],
  ])('are refused: %j as %s', async (name, code) => {
    expect(await refusal({ name })).toEqual([{ field: 'name', code }]);
  });
});

describe('passwords', () => {
  it.each([
    ['8 characters', 'x7#kQ9!z'],
    ['8 code points of two UTF-16 units each', '𠮷𠀋𡃁𠂢𠄀𠅘𠆢𠈓'],
    ['256 code points of four bytes each', '🦊'.repeat(255) + '🐻'],
    ['512 code points that are 256 after NFC', 'e\u0301o\u0308'.repeat(128)],
    ['only spaces around', '   x7#kQ9   '],
    ['Hangul', '비밀번호는길어야한다'],
  ])('are taken as they are: %s', async (_, password) => {
    const { email } = await aUser(app, { password });
    expect((await login(email, password)).status).toBe(200);
    if (password.trim() !== password) expect((await login(email, password.trim())).status).toBe(401);
  });

  it('are never cut: a difference in the last of 256 characters tells', async () => {
    const { email } = await aUser(app, { password: 'y'.repeat(255) + 'a' });
    expect((await login(email, 'y'.repeat(255) + 'b')).status).toBe(401);
    expect((await login(email, 'y'.repeat(255))).status).toBe(401);
  });

  it('are the same however a keyboard spells them (NFC)', async () => {
    const { email } = await aUser(app, { password: 'cafe\u0301 \u1100\u1161 au lait' });
    expect((await login(email, 'caf\u00e9 \uac00 au lait')).status).toBe(200);
  });

  it.each([
    ['7 characters', 'x7#kQ9!', 'too_short'],
    ['7 code points of two UTF-16 units', '𠮷'.repeat(7), 'too_short'],
    ['14 code points that are 7 after NFC', 'e\u0301'.repeat(7), 'too_short'],
    ['257 code points', '🦊'.repeat(257), 'too_long'],
    ['a NUL, at which some libraries stop', 'x7#kQ9!z\u0000tail', 'invalid_format'],
    ['a control character', 'x7#kQ9!z\u007f', 'invalid_format'],
    ['a lone surrogate, which hashes as U+FFFD', 'x7#kQ9!z\ud800', 'invalid_format'],
    ['a common one', 'password1', 'password_too_common'],
    ['a common one in capitals', 'PASSWORD1', 'password_too_common'],
    ['a number', 12345678, 'wrong_type'],
    ['null', null, 'wrong_type'],
    ['a list', [PASSWORD], 'wrong_type'],
  ])('are refused: %s', async (_, password, code) => {
    expect(await refusal({ password })).toContainEqual({ field: 'password', code });
  });
});
