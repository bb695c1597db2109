import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigModule, loadConfiguration } from '../config/index.js';
import { createHttpAdapter, installHttp } from '../http/index.js';
import { LoggingModule, NestLogger, Log } from '../logging/index.js';
import { DocumentModule, OpenApiDocument } from './index.js';

let app: NestFastifyApplication;

afterEach(() => app.close());

async function start(DOCS: string): Promise<void> {
  const configuration = loadConfiguration({ DOCS, LOG_LEVEL: 'silent' }, '/nonexistent');
  @Module({ imports: [ConfigModule.forRoot(configuration), LoggingModule, DocumentModule] })
  class TestModule {}
  app = await NestFactory.create<NestFastifyApplication>(TestModule, createHttpAdapter(), {
    bodyParser: false,
    logger: new NestLogger(new Log('silent')),
  });
  installHttp(app);
  app.get(OpenApiDocument).set({ openapi: '3.1.0', paths: {} });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
}

function get(url: string) {
  return app.inject({ method: 'GET', url });
}

describe('document', () => {
  it('serves the document as JSON, which may be cached', async () => {
    await start('on');
    const answer = await get('/openapi.json');
    expect(answer.json()).toEqual({ openapi: '3.1.0', paths: {} });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['cache-control']).toMatch(/^public/);
  });

  it('the page asks no other host for anything, and runs no script but its own', async () => {
    await start('on');
    const page = await get('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe/);
    expect(page.body).not.toMatch(/https?:|<script>|\son\w+=/);
    const init = await get('/docs/init.js');
    expect(init.body).not.toMatch(/https?:/);
    expect(init.body).toMatch(/validatorUrl: null/);
    expect((await get('/docs/swagger-ui.css')).body).not.toMatch(/@import|url\(["']?(?!["']?data:)/);
  });

  it('everything the page names is there, with its type', async () => {
    await start('on');
    const names = [...(await get('/docs')).body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name!);
    expect(names).toHaveLength(4);
    for (const name of names) {
      const answer = await get(`/${name}`);
      expect([name, answer.statusCode, answer.rawPayload.length > 100]).toEqual([name, 200, true]);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      const type = { js: 'text/javascript', css: 'text/css', png: 'image/png' }[name.split('.').at(-1)!];
      expect(answer.headers['content-type']).toContain(type);
    }
  });

  it.each([
    ...[
      'package.json',
      '..%2Fpackage.json',
      '%2e%2e%2fpackage.json',
      'index.html',
      'swagger-ui.css%00',
      'constructor',
    ],
    ...['__proto__', 'swagger-ui-bundle.js.map', 'toString', 'init.js%2f..'],
  ])('path traversal: /docs/%s is not found', async (name) => {
    await start('on');
    const answer = await get(`/docs/${name}`);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'not_found']);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(['/openapi.json', '/docs', '/docs/init.js', '/docs/swagger-ui.css'])(
    'DOCS=off hides %s',
    async (url) => {
      await start('off');
      const answer = await get(url);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'not_found']);
    },
  );
});
