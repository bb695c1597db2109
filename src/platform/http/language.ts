import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Language, LocalizedText } from '../problem/index.js';
import { appendVary } from './vary.js';

const LANGUAGES: Language[] = ['en', 'ko'];
/** Bounded, because the header is the caller's to choose. */
const REMEMBERED = 64;
const REMEMBERED_LENGTH = 256;
const memory = new Map<string, Language>();

/** The language a caller is answered in: by `Accept-Language` (RFC 9110 §12.5.4), English when neither is asked for. */
export function languageOf(request: Pick<FastifyRequest, 'headers'>): Language {
  const header = request.headers['accept-language'];
  if (header === undefined || header === '') return 'en';
  const known = memory.get(header);
  if (known !== undefined) return known;
  const language = negotiate(header);
  if (header.length <= REMEMBERED_LENGTH) remember(header, language);
  return language;
}

function negotiate(header: string): Language {
  const negotiator = new Negotiator({ headers: { 'accept-language': header } });
  // By quality, then in the caller's order: matched against ours, `en` would beat a `ko-KR` named before it.
  const asked = negotiator.languages().map((tag) => tag.toLowerCase().split('-', 1)[0]);
  const first = asked.find((tag) => tag === '*' || LANGUAGES.some((language) => language === tag));
  const chosen = first === '*' ? negotiator.language(LANGUAGES) : first;
  return chosen === 'ko' ? 'ko' : 'en';
}

function remember(header: string, language: Language): void {
  if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value as string);
  memory.set(header, language);
}

/** Marks an answer as being in one language, chosen by the caller's header. */
export function speak(reply: FastifyReply, language: Language): void {
  reply.header('Content-Language', language);
  appendVary(reply, 'Accept-Language');
}

/** Chooses a text in the caller's language. */
export type LocalizeText = (text: LocalizedText) => string;

/**
 * Gives a handler a `LocalizeText` for its caller; using it marks the answer with `Content-Language` and `Vary`.
 */
export const Localize = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const language = languageOf(http.getRequest<FastifyRequest>());
  const localize: LocalizeText = (text) => {
    speak(http.getResponse<FastifyReply>(), language);
    return text[language];
  };
  return localize;
});
