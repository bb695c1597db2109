// The service itself with one public route more, which answers what GET /protected answers.
import { sign } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { hash } from '@node-rs/argon2';
import jsonwebtoken from 'jsonwebtoken';
import pg from 'pg';
import { Public } from '../dist/access/index.js';
import { AppModule } from '../dist/app.module.js';
import { furnish, start } from '../dist/app.js';
import { KeyRing } from '../dist/keys/index.js';
import { Configuration, loadConfiguration } from '../dist/platform/config/index.js';
import { Database } from '../dist/platform/database/index.js';
import { createHttpAdapter, Localize } from '../dist/platform/http/index.js';
import { SessionsService } from '../dist/sessions/index.js';
import { AccessTokensService } from '../dist/tokens/index.js';

const TEXT = { en: 'You have reached the protected endpoint.', ko: '보호된 엔드포인트에 접근하셨습니다.' };

/** `GET /protected` without protection: the same work but for the token. */
class PublicTwin {
  greet(localize) {
    return { message: localize(TEXT) };
  }
}

let key;

/** The least that a route can do about a token: the library's own verify, and nothing else. */
class VerifyingTwin {
  greet(localize, request) {
    jsonwebtoken.verify(request.headers.authorization.slice('Bearer '.length), key.verifyWith, {
      algorithms: [key.algorithm],
    });
    return { message: localize(TEXT) };
  }
}

/** As a compiler would write its decorators down. */
function serve(controller, path, ...parameters) {
  const method = Object.getOwnPropertyDescriptor(controller.prototype, 'greet');
  parameters.forEach((decorate, index) => decorate(controller.prototype, 'greet', index));
  Get()(controller.prototype, 'greet', method);
  Public()(controller.prototype, 'greet', method);
  Controller(path)(controller);
}
serve(PublicTwin, 'public-twin', Localize());
serve(VerifyingTwin, 'verifying-twin', Localize(), Req());

export async function startService() {
  const configuration = loadConfiguration();
  class Bench {}
  Module({ imports: [AppModule.forRoot(configuration)], controllers: [PublicTwin, VerifyingTwin] })(Bench);
  const app = await furnish(
    await NestFactory.create(Bench, createHttpAdapter(), {
      bodyParser: false,
      logger: false,
      abortOnError: false,
    }),
  );
  await start(app);
  key = app.get(KeyRing).current;
  await app.listen(0, '127.0.0.1');
  const { argon2 } = configuration;
  const parameters = {
    algorithm: 2,
    memoryCost: argon2.memoryKib,
    timeCost: argon2.timeCost,
    parallelism: argon2.parallelism,
  };
  return {
    port: app.getHttpServer().address().port,
    ask: {
      tokens: (count) => issueSome(app, count),
      tokensOf: (whose) => issue(app, whose),
      verify,
      refreshTokens: (count) =>
        openSessions(app, count).then((opened) => opened.map(({ live }) => live.refreshToken)),
      rotations: (asked) => rotations(app, asked),
      hashesAtOnce: () => configuration.hashesAtOnce,
      argon2: ({ count, concurrency }) => hashes(parameters, count, concurrency),
    },
  };
}

/** So many access tokens of one session that no database knows. */
function issueSome(app, count) {
  const id = (n) => `019aaf36-9d34-7a3f-8f1c-${n.toString(16).padStart(12, '0')}`;
  return issue(app, Array(count).fill({ id: id(2), userId: id(1), roles: ['user'] }));
}

/** An access token of each of these sessions. */
function issue(app, sessions) {
  const tokens = app.get(AccessTokensService);
  const issued = [];
  for (const { id, userId, roles, permissions = [] } of sessions) {
    const caller = { id: userId, version: 1, roles, permissions };
    const session = { id, userId, authenticatedAt: new Date(), amr: ['pwd'] };
    issued.push(tokens.issue(caller, session, new Date()).token);
  }
  return issued;
}

/** CPU µs a token of the library's own verify with a KeyObject. */
function verify(tokens) {
  const before = process.cpuUsage();
  for (const token of tokens) jsonwebtoken.verify(token, key.verifyWith, { algorithms: [key.algorithm] });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokens.length;
}

/** Seconds for so many pure hashes, so many at once. */
async function hashes(parameters, count, concurrency) {
  const started = performance.now();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await hash('correct horse battery staple', parameters);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (performance.now() - started) / 1000;
}

/** So many sessions, opened past the wire, of all users in turn. */
async function openSessions(app, count) {
  const [database, sessions] = [app.get(Database), app.get(SessionsService)];
  const { rows } = await database.orm.execute('SELECT id, version FROM users');
  const opened = [];
  for (let n = 0; n < count; n++) {
    const { id: userId, version: userVersion } = rows[n % rows.length];
    const proof = { userId, userVersion, method: 'pwd', provenAt: new Date() };
    const device = { ip: '127.0.0.1', userAgent: null };
    opened.push(await database.transaction((tx) => sessions.open(tx, proof, device)));
  }
  return opened;
}

/** Seconds for so many rotations by the bare driver, one statement and one signature each. */
async function rotations(app, { count, concurrency }) {
  const ids = (await openSessions(app, count)).map(({ live }) => live.session.id);
  const pool = new pg.Pool({ connectionString: app.get(Configuration).databaseUrl, max: 10 });
  const claims = Buffer.alloc(400, 'x');
  const rotate = `UPDATE sessions SET counter = counter + 1, rotated_at = now(), last_used_at = now()
    WHERE id = $1 AND counter = 0 AND ended_at IS NULL AND idle_expires_at > now() AND expires_at > now()
    RETURNING user_id, random, mac_key_id, amr, authenticated_at, idle_expires_at, expires_at`;
  await pool.query('SELECT 1');
  const started = performance.now();
  const worker = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      await pool.query(rotate, [id]);
      sign('sha256', claims, { key: key.signWith, dsaEncoding: 'ieee-p1363' });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  await pool.end();
  return seconds;
}
