import { STATUS_CODES } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { accessCatalogue } from './access/index.js';
import { paintRefreshCookie, requireRefreshTokens } from './auth/index.js';
import { Configuration } from './platform/config/index.js';
import { paintProblems } from './platform/openapi/index.js';

const TAGS: Record<string, string> = {
  auth: 'Registering, signing in and out, and keeping a session alive.',
  users: 'The account itself.',
  admin:
    'Administration of users and roles. Nobody gives or takes what is not held, nor changes who holds more.',
  notes: 'An example with an entity of its own: notes, each for its owner and for admins.',
  protected: 'The smallest protected feature module.',
  keys: 'What verifiers need.',
  oauth:
    'For resource servers that cannot verify by themselves: registered clients, forms, and errors of RFC 6749.',
  health: 'For what watches the process.',
  document: 'This document and its page.',
};

/** Describes the app from its controllers, its DTOs and its access catalogue: nothing is written by hand twice. */
export function describeApp(app: NestFastifyApplication): OpenAPIObject {
  const { entries } = app.get(accessCatalogue.AccessCatalogue);
  const document = SwaggerModule.createDocument(app, outline(), {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
  });
  accessCatalogue.paintAccess(document, entries);
  polish(document);
  for (const { entry, ...described } of accessCatalogue.operationsOf(document, entries)) {
    paintProblems(document, described, accessCatalogue.problemsOf(entry));
    paintRefreshCookie(described.operation, entry.route?.handler);
  }
  if (!app.get(Configuration).refreshCookie) requireRefreshTokens(document);
  return document;
}

/** What the generator leaves unsaid: bodies take no other fields, and a line break in a comment is a space. */
function polish(document: OpenAPIObject): void {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as Operation[]);
  for (const { requestBody, responses } of operations) {
    const schema = requestBody?.content['application/json']?.schema.$ref.split('/').at(-1);
    if (schema) Object.assign(document.components?.schemas?.[schema] ?? {}, { additionalProperties: false });
    for (const [status, response] of Object.entries(responses))
      response.description ||= STATUS_CODES[status] ?? '';
  }
  unwrap(document);
}

function unwrap(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const node = value as Record<string, unknown>;
  if (typeof node.description === 'string')
    node.description = node.description.replace(/(?<!\n)\n(?!\n)/g, ' ');
  Object.values(node).forEach(unwrap);
}

interface Operation {
  readonly requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  readonly responses: Record<string, { description?: string }>;
}

function outline(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Sumun')
    .setDescription(
      'JWT authentication for REST APIs. Errors are RFC 9457 `application/problem+json`: switch on `code`, ' +
        'which never changes; `title`, `detail` and `message` follow `Accept-Language` (`en`, `ko`).',
    )
    .setVersion('1')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'The access token of a token set.',
      },
      accessCatalogue.BEARER_SCHEME,
    );
  Object.entries(TAGS).forEach(([name, description]) => builder.addTag(name, description));
  return builder.build();
}
