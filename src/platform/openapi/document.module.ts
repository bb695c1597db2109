import { Module } from '@nestjs/common';
import { DocumentController } from './document.controller.js';
import { OpenApiDocument } from './open-api-document.js';

/** Serves the OpenAPI document and its page. */
@Module({ controllers: [DocumentController], providers: [OpenApiDocument], exports: [OpenApiDocument] })
export class DocumentModule {}
