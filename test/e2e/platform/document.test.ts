import { describe, expect, it } from '@jest/globals';
import { startApp } from '../../support/app.js';

let app = await startApp();

describe('the docs page', () => {
  it('asks no other host for anything, and no other script runs in it', async () => {
    const { status, headers, text } = await app.http.get('/docs');
    expect(status).toBe(200);
    expect(text).not.toMatch(/(https?:)?\/\/[a-z]/i);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/i);
    const policy = String(headers['content-security-policy']);
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
    ])
      expect(policy).toContain(directive);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('everything that it names is served', async () => {
    const { text } = await app.http.get('/docs');
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(named.length).toBeGreaterThan(2);
    for (const path of named) {
      const { status, headers } = await app.http.get(path);
      expect([path, status, headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
    }
  });

  it.each([
    'package.json',
    '..%2fpackage.json',
    '%2e%2e%2fpackage.json',
    'constructor',
    '__proto__',
    'init.js%00',
  ])('path traversal: /docs/%s is not there', async (name) =>
    expect((await app.http.get(`/docs/${name}`)).status).toBe(404),
  );

  it('describes the bearer box', async () => {
    const { body, headers } = await app.http.get('/openapi.json');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body.openapi).toBe('3.1.0');
    expect(body.servers).toEqual([{ url: '/' }]);
    expect(body.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
  });
});

describe('DOCS=off', () => {
  it('hides document, page and files', async () => {
    app = await app.restart({ env: { DOCS: 'off' } });
    for (const path of ['/openapi.json', '/docs', '/docs/init.js', '/docs/swagger-ui.css']) {
      const { status, body } = await app.http.get(path);
      expect([path, status, body.code]).toEqual([path, 404, 'not_found']);
    }
  });
});
