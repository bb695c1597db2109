import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A file of the docs page. */
export interface DocsAsset {
  readonly type: string;
  readonly content: Buffer;
}

const TYPES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

type Shipped = keyof typeof TYPES;

/** A file of our own: the policy of the page lets no inline script run. */
const INIT = `window.ui = SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const cache = new Map<string, DocsAsset>();

/** One of the few files the page needs, by name; undefined for any other name, however it is spelt. */
export function docsAsset(name: string): DocsAsset | undefined {
  if (name === 'init.js') return { type: TYPES['swagger-ui-bundle.js'], content: Buffer.from(INIT) };
  // An allow-list and not a path: "../package.json" is just another name that is not on it.
  if (!Object.hasOwn(TYPES, name)) return undefined;
  const asset = cache.get(name) ?? { type: TYPES[name as Shipped], content: readShipped(name) };
  cache.set(name, asset);
  return asset;
}

function readShipped(name: string): Buffer {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return readFileSync(join(folder, name));
}

/** The page. Its addresses are relative to `/docs`, so that it also works below a proxy's path. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Sumun</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png" />
    <link rel="stylesheet" href="docs/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/init.js"></script>
  </body>
</html>
`;

/**
 * The page keeps bearer tokens: no script but the two above may run in it, nothing may be sent elsewhere, and
 * no other site may frame it. The styles are inline because the page's library writes them so.
 */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
