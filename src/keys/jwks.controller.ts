import { createHash } from 'node:crypto';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../access/index.js';
import { ConfigureRoute } from '../platform/http/index.js';
import { JwksDto } from './jwks.dto.js';
import { JWKS_MAX_AGE } from './key-life.js';
import { KeyRing } from './key-ring.service.js';

@ApiTags('keys')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: KeyRing) {}

  /**
   * The public keys that verify access tokens
   *
   * @remarks A JWK Set (RFC 7517): the current key, the next one, so that a rotation surprises nobody, and those whose
   * tokens have not all expired.
   * Send the `ETag` back as `If-None-Match`; readable from any origin.
   */
  @Get('jwks.json')
  @Public()
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE}`)
  @ConfigureRoute({ anyOrigin: true })
  @ApiOkResponse({ type: JwksDto, description: 'The keys.' })
  @ApiResponse({ status: 304, description: 'The keys are those of the `ETag` that was sent.' })
  read(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): JwksDto | undefined {
    const body = { keys: this.keys.jwks as unknown as JwksDto['keys'] };
    const etag = etagOf(body);
    void reply.header('ETag', etag);
    return matches(request.headers['if-none-match'], etag) ? void reply.status(304) : body;
  }
}

function etagOf(body: object): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url')}"`;
}

/** RFC 9110 §13.1.2: a list of entity tags, compared weakly, or `*`. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
}
