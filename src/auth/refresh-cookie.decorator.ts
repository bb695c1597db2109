import 'reflect-metadata';
import { applyDecorators } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { accessProblems } from '../access/index.js';
import { ConfigureRoute } from '../platform/http/index.js';
import { REFRESH_COOKIE } from './refresh-cookie.js';

const USE = 'sumun:refresh-cookie';

/** What a route does with the cookie, beside setting or clearing it. */
export interface CookieUse {
  /** It takes the refresh token from the cookie, and so it is `forgeable`, too. */
  readonly reads?: true;
  /** It clears it with its refusals, too. */
  readonly clears?: true;
  /** It is reached without an access token, and so by what a page of somebody else makes a browser send. */
  readonly forgeable?: true;
}

/** A route whose answer sets or clears the cookie, where `REFRESH_COOKIE=on`. */
export function RefreshCookie(use: CookieUse = {}): MethodDecorator {
  const described: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) =>
    Reflect.defineMetadata(USE, use, descriptor.value as object);
  return applyDecorators(
    described,
    ...(isForgeable(use) ? [ConfigureRoute({ forgeable: ForeignOrigin })] : []),
  );
}

function isForgeable({ reads, forgeable }: CookieUse): boolean {
  return reads === true || forgeable === true;
}

/** To whoever wrote the page: it is the same for every user. */
const ForeignOrigin = () =>
  accessProblems.Forbidden({
    detail: {
      en: 'Pages of this origin may not send this. The operator allows them by naming their origin in CORS_ORIGINS.',
      ko: '이 오리진의 페이지는 이 요청을 보낼 수 없습니다. 운영자가 CORS_ORIGINS에 오리진을 추가하면 허용됩니다.',
    },
    logDetail: 'a page of another origin',
  });

type Operation = Record<string, unknown>;

/** Paints the cookie on an operation: optional, for a reader should find it before it is configured. */
export function paintRefreshCookie(operation: Operation, handler: object | undefined): void {
  const use = handler && (Reflect.getMetadata(USE, handler) as CookieUse | undefined);
  if (!use) return;
  const responses = operation.responses as Record<string, { headers?: object }>;
  for (const [status, response] of Object.entries(responses)) {
    if (/^2/.test(status) || (use.clears && status === '401'))
      response.headers = { ...response.headers, 'Set-Cookie': SET_COOKIE };
  }
  if (use.reads) operation.parameters = [...((operation.parameters as object[]) ?? []), COOKIE];
}

/** Where refresh tokens travel in bodies, clients may rely on finding, and must send, one. */
export function requireRefreshTokens({ components }: Pick<OpenAPIObject, 'components'>): void {
  for (const name of ['TokenSetDto', 'RefreshDto']) {
    const schema = components!.schemas![name] as { required?: string[] };
    schema.required = [...(schema.required ?? []), 'refresh_token'];
  }
}

const SET_COOKIE = {
  required: false,
  description: `With \`REFRESH_COOKIE=on\`: \`${REFRESH_COOKIE}\`, set or cleared.`,
  schema: { type: 'string' },
};

const COOKIE = {
  name: REFRESH_COOKIE,
  in: 'cookie',
  required: false,
  description: 'With `REFRESH_COOKIE=on`: the refresh token, which is then not taken from the body.',
  schema: { type: 'string' },
};
