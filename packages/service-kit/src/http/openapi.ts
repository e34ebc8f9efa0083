import swagger from '@fastify/swagger';
import { problem, type Endpoint } from '@retort/contracts';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { openApiDocument } from '../openapi/document.ts';
import type { OpenApiDocument } from '../openapi/examples.ts';
import type { Routes } from '../types.ts';
import { problemMediaType } from './problem.ts';

type Transform = typeof jsonSchemaTransform;

/** OpenAPI 3.1, made from the zod contracts of the routes, at `/openapi.json`. To be registered before any route. */
export async function describeApi(app: Routes, about: { title: string; version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        ...about,
        description: 'Errors are application/problem+json (RFC 9457) with a stable `type`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer rt_…`' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        },
        schemas: { Problem: problemSchema() },
      },
    },
    transform: describeRoute,
  });
  const mounted: Endpoint[] = [];
  app.addHook('onRoute', ({ config, method }) => {
    // (The router answers HEAD wherever it answers GET.)
    if (config?.endpoint && method === config.endpoint.method) mounted.push(config.endpoint);
  });
  let document: object | undefined;
  app.get('/openapi.json', { config: { public: true }, schema: { hide: true } }, () => {
    document ??= merged(openApiDocument(mounted, about), app.swagger().paths);
    return document;
  });
}

/** Together with the routes that are not mounted from endpoints. */
function merged(document: OpenApiDocument, others: object | undefined): object {
  const paths: Record<string, object> = { ...document.paths };
  for (const [path, operations] of Object.entries(others ?? {}))
    paths[path] = { ...paths[path], ...(operations as object) };
  return { ...document, paths };
}

/** Adds to a route's own schema what the kit answers for it: its tag, its security, the problems. */
const describeRoute: Transform = (document) => {
  const { schema, url } = jsonSchemaTransform({ ...document, schema: document.schema ?? {} });
  if (schema.hide) return { schema, url };
  const { config } = document.route;
  const methods = [document.route.method].flat();
  const response = { ...(schema.response as Record<string, unknown> | undefined) };
  if (Object.keys(response).length === 0) response['200'] = { description: 'Done' };
  for (const [status, answer] of Object.entries(response)) response[status] = described(status, answer);
  response['4XX'] ??= problemResponse('The request cannot be served as it is.');
  response['5XX'] ??= problemResponse('The platform cannot serve the request now.');
  return {
    url,
    schema: {
      operationId: operationIdOf(methods[0] ?? 'GET', document.route.url),
      summary: `${methods[0] ?? 'GET'} ${url}`,
      tags: config?.service === undefined ? [] : [config.service],
      security: config?.public ? [] : [{ bearer: [] }, { apiKey: [] }],
      ...schema,
      response,
    },
  };
};

function described(status: string, answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || 'description' in answer) return answer;
  return { ...answer, description: statusNames[status] ?? 'The answer' };
}

const statusNames: Record<string, string> = {
  200: 'The answer',
  201: 'Created',
  202: 'Accepted: the work goes on',
  204: 'Done',
  207: 'One status per item',
};

function problemResponse(description: string): unknown {
  return { description, content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } } };
}

/** `POST /api/v1/decisions/:id/outcome` → `postDecisionsByIdOutcome`: unique because method and path are. */
export function operationIdOf(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1(?=\/)/, '')
    .replaceAll(/\([^)]*\)/g, '')
    .replaceAll('::', '/')
    .replaceAll(/:(\w+)/g, '/by/$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function problemSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(problem, { target: 'draft-2020-12' });
  return schema;
}
