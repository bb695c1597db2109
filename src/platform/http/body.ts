import type { FastifyInstance, FastifyRequest } from 'fastify';
import secureJson from 'secure-json-parse';
import { parseForm } from './form.js';
import { MalformedRequest, UnsupportedMediaType } from './http.problems.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** By `@ConfigureRoute`: it takes a form, and no JSON; its body is a `FormParameters`. */
    form?: boolean;
  }
}

const NO_FORM = {
  en: 'The body must be application/x-www-form-urlencoded in UTF-8, without a content encoding.',
  ko: '본문은 콘텐츠 인코딩이 없는 UTF-8 application/x-www-form-urlencoded여야 합니다.',
};

const DEEPEST = 32;
/** OWS of RFC 9110 §5.6.3; `trim` would take a no-break space for one, and a proxy does not. */
const OUTER_SPACE = /^[ \t]+|[ \t]+$/g;
// Fatal: a body that is not UTF-8 is refused, not repaired with U+FFFD (RFC 8259 §8.1).
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Replaces the framework's parsers by one that every body goes through, so that the contract's order of
 * refusals holds whatever a caller says it sends.
 */
export function installBodyParser(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseBody(request, body));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** An empty body is none, whatever its type. */
function parseBody(request: FastifyRequest, body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (request.routeOptions.config.form) {
    if (!isPlain('application/x-www-form-urlencoded', request.headers))
      throw UnsupportedMediaType({ detail: NO_FORM });
    return parseForm(body);
  }
  if (!isJson(request)) throw UnsupportedMediaType();
  return parseJson(body);
}

/** Whether its headers say that it is JSON, be there a body or not. */
export function isJson({ headers }: FastifyRequest): boolean {
  return isPlain('application/json', headers);
}

function isPlain(mediaType: string, headers: FastifyRequest['headers']): boolean {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') return false;
  // The parser takes any codings before the last one, and undoes none of them (RFC 9112 §6.1).
  if ((headers['transfer-encoding'] ?? 'chunked').trim().toLowerCase() !== 'chunked') return false;
  const [type, ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.replace(OUTER_SPACE, '').toLowerCase());
  if (type !== mediaType) return false;
  return parameters
    .filter((parameter) => /^charset\s*=/.test(parameter))
    .every((parameter) => /^charset="?utf-8"?$/.test(parameter));
}

/** Parses JSON from a stranger. */
export function parseJson(body: Buffer): unknown {
  try {
    const text = utf8.decode(body);
    if (isTooDeep(text)) throw new SyntaxError(`deeper than ${DEEPEST} levels`);
    // Prototype poisoning: a `__proto__` member, however it is escaped, is refused. A `constructor` member is
    // harmless here and is refused as the unknown field that it is.
    return secureJson.parse(text, null, { protoAction: 'error', constructorAction: 'ignore' }) as unknown;
  } catch (cause) {
    // The parser's message quotes the body, which may hold a password.
    throw MalformedRequest({ logDetail: (cause as Error).name });
  }
}

/** Looked for before parsing: what walks a value recursively must never meet one that overflows its stack. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (quoted) {
      if (character === 0x5c /* \ */) i++;
      else if (character === 0x22 /* " */) quoted = false;
    } else if (character === 0x22) quoted = true;
    else if (character === 0x7b /* { */ || character === 0x5b /* [ */) {
      if (++depth > DEEPEST) return true;
    } else if (character === 0x7d || character === 0x5d) depth--;
  }
  return false;
}
