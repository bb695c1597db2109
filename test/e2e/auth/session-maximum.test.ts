import { describe, expect, it } from '@jest/globals';
import { aSignedInUser, PASSWORD } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const MOST = 3;
const app = await startApp({ env: { MAX_SESSIONS_PER_USER: String(MOST) } });

describe('MAX_SESSIONS_PER_USER', () => {
  it('logins of one account at once, each ending the oldest, get in each other’s way nowhere', async () => {
    const { id, email } = await aSignedInUser(app);
    const logins = await Promise.all(
      Array.from({ length: 24 }, () => app.http.post('/auth/login', { email, password: PASSWORD })),
    );
    expect(logins.map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 200));
    const [living] = await app.sql<{ count: string }>(
      `SELECT count(*) FROM sessions WHERE user_id = '${id}' AND ended_at IS NULL`,
    );
    expect(Number(living!.count)).toBe(MOST);
  });
});
