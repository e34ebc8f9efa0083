import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Routes } from '../types.ts';
import { wantsGzip } from './negotiate.ts';

// `@fastify/swagger-ui` carries a built Swagger UI; `swagger-ui-dist` would report each installation to a third party.
const require = createRequire(import.meta.url);
const compressed = promisify(gzip);

/** Nothing from elsewhere, nothing inline, no frame: a key that somebody types in here reaches this server alone. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** The API for people at `/docs`: Swagger UI over `/openapi.json`, from the package's own files, for whoever asks. What it sends
 *  with "Execute" has the key that was typed into the page, which forgets it. */
export function apiReference(app: Routes, title: string): void {
  const page = served('text/html; charset=utf-8', () => Buffer.from(pageOf(title)));
  const files = [
    { path: '/docs', file: page },
    { path: '/docs/start.js', file: served('text/javascript; charset=utf-8', () => Buffer.from(start)) },
    {
      path: '/docs/swagger-ui.js',
      file: served('text/javascript; charset=utf-8', () =>
        readFile(require.resolve('@fastify/swagger-ui/static/swagger-ui-bundle.js')),
      ),
    },
    {
      path: '/docs/swagger-ui.css',
      file: served('text/css; charset=utf-8', () =>
        readFile(require.resolve('@fastify/swagger-ui/static/swagger-ui.css')),
      ),
    },
  ];
  for (const { path, file } of files)
    app.get(path, { config: { public: true } }, async (request, reply) => {
      const { type, etag, plain, gzipped } = await file();
      void reply.headers({ ...headers, etag, vary: 'accept-encoding' }).type(type);
      if (request.headers['if-none-match'] === etag) return reply.status(304).send();
      if (!wantsGzip(request.headers)) return plain;
      return reply.header('content-encoding', 'gzip').send(gzipped);
    });
}

interface Served {
  type: string;
  etag: string;
  plain: Buffer;
  gzipped: Buffer;
}

/** Read and compressed when somebody asks for it first, and kept. */
function served(type: string, read: () => Buffer | Promise<Buffer>): () => Promise<Served> {
  let kept: Promise<Served> | undefined;
  const load = async () => {
    const plain = await read();
    // Weak: the same for the plain and the compressed form.
    const etag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`;
    return { type, etag, plain, gzipped: await compressed(plain) };
  };
  return () => (kept ??= load());
}

function pageOf(title: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<body>
<div id="api"></div>
<script src="docs/swagger-ui.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
}

const start = `SwaggerUIBundle({
  dom_id: '#api',
  url: 'openapi.json',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;
