import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Configuration } from '../config/index.js';
import { NotFound } from '../http/index.js';
import { Problems } from '../problem/index.js';
import { DOCS_PAGE, DOCS_POLICY, docsAsset } from './docs-assets.js';
import { OpenApiDocument } from './open-api-document.js';

/** The document and the page to try it with. `DOCS=off` hides both, so the routes are the same everywhere. */
@ApiTags('document')
@Controller()
export class DocumentController {
  constructor(
    private readonly configuration: Configuration,
    private readonly document: OpenApiDocument,
  ) {}

  @Get('openapi.json')
  @Header('Cache-Control', 'public, max-age=60')
  @Problems(NotFound)
  @ApiOperation({ summary: 'This document', description: 'Describes every operation, in OpenAPI 3.1.' })
  @ApiOkResponse({
    description: 'The document.',
    content: { 'application/json': { schema: { type: 'object' }, example: { openapi: '3.1.0' } } },
  })
  json(@Res({ passthrough: true }) reply: FastifyReply): string {
    this.mustBeOn();
    reply.type('application/json; charset=utf-8');
    return this.document.json;
  }

  @Get('docs')
  @Header('Cache-Control', 'public, max-age=60')
  @Problems(NotFound)
  @ApiOperation({
    summary: 'A page to try it with',
    description: 'Shows this document; asks no other host for anything.',
  })
  @ApiOkResponse({
    description: 'The page.',
    content: { 'text/html': { schema: { type: 'string' }, example: '<!doctype html>' } },
  })
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    this.mustBeOn();
    reply.type('text/html; charset=utf-8').header('Content-Security-Policy', DOCS_POLICY);
    return DOCS_PAGE;
  }

  @Get('docs/:asset')
  @Header('Cache-Control', 'public, max-age=86400')
  @ApiExcludeEndpoint()
  asset(@Param('asset') name: string, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    this.mustBeOn();
    const { type, content } = docsAsset(name) ?? refuse();
    reply.type(type);
    return content;
  }

  private mustBeOn(): void {
    if (!this.configuration.docs) refuse();
  }
}

function refuse(): never {
  throw NotFound();
}
