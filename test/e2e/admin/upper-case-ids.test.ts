import { describe, expect, it } from '@jest/globals';
import { anAdmin } from '../../builders/administration.js';
import { aSignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const app = await startApp();
const admin = await anAdmin(app);
const { access_token: token } = admin.tokens;

describe('an id in upper case, which RFC 9562 §4 has taken as the same', () => {
  it.each([
    ['POST', '/disable', 'users.disabled'],
    ['DELETE', '/sessions', 'admin.sessions_ended'],
    ['DELETE', '', 'users.deleted'],
  ])('does not keep access tokens alive: %s /admin/users/{ID}%s', async (method, rest, type) => {
    const user = await aSignedInUser(app);
    const { status } = await app.http.request(method, `/admin/users/${user.id.toUpperCase()}${rest}`, {
      token,
    });
    expect(status).toBeLessThan(300);
    const refused = await app.http.get('/protected', { token: user.tokens.access_token });
    expect([refused.status, refused.body.code]).toEqual([401, 'token_revoked']);
    // RFC 9562 §4: "output as lower case".
    const rows = await app.sql(`SELECT subject_id FROM audit_events WHERE type = '${type}'`);
    expect(rows).toContainEqual({ subject_id: user.id });
  });

  it('finds in the audit log what it finds in lower case', async () => {
    const { id } = await aSignedInUser(app);
    const list = async (query: string) => {
      const { body } = await app.http.get(`/admin/audit?${query}`, { token });
      return body.items.map((item: { id: string }) => item.id);
    };
    for (const field of ['actor', 'subject']) {
      const lower = await list(`${field}=${id}`);
      expect(lower).not.toEqual([]);
      expect(await list(`${field}=${id.toUpperCase()}`)).toEqual(lower);
    }
  });
});
