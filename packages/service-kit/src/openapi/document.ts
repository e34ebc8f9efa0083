import { contentOf, isRaw, problem, type Content, type Endpoint } from '@retort/contracts';
import { errors } from '@retort/kernel';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { z } from 'zod';
import { mediaTypes } from '../http/negotiate.ts';
import { problemMediaType } from '../http/problem.ts';
import { withExamples, type OpenApiDocument } from './examples.ts';

/** OpenAPI 3.1 of a set of endpoints. */
export function openApiDocument(
  endpoints: readonly Endpoint[],
  about: { title: string; version: string },
): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const endpoint of endpoints)
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operationOf(endpoint);
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      ...about,
      description: 'Errors are application/problem+json (RFC 9457) with a stable `type`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [...new Set(endpoints.map(({ owner }) => owner))].sort().map((name) => ({
      name,
      description: `Answered by the service ${name}.`,
    })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer rt_…`' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key.' },
      },
    },
  });
  return withExamples(document as unknown as OpenApiDocument);
}

function operationOf(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { id, owner, summary, params, query, headers, body } = endpoint;
  return {
    operationId: id,
    summary,
    description: descriptionOf(endpoint),
    tags: [owner],
    security: securityOf(endpoint),
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && { requestBody: requestBodyOf(body) }),
    responses: responsesOf(endpoint),
  };
}

function securityOf({ scope, authorization }: Endpoint) {
  if (scope === 'public') return [];
  return authorization === 'upstream' ? [{ apiKey: [] }] : [{ bearer: [] }, { apiKey: [] }];
}

function descriptionOf({ scope, description, errors: codes }: Endpoint): string {
  const refusals = codes.map((code) => `- \`${code}\` (${errors[code].status}): ${errors[code].title}.`);
  return [
    ...(description === undefined ? [] : [description]),
    scope === 'public' ? 'Anybody may call it.' : `The key needs the scope \`${scope}\`.`,
    ...(refusals.length === 0 ? [] : [`Refuses with:\n\n${refusals.join('\n')}`]),
  ].join('\n\n');
}

function requestBodyOf(body: NonNullable<Endpoint['body']>) {
  if (isRaw(body)) {
    const content = Object.entries(body.raw).map(([mediaType, schema]) => [mediaType, { schema }] as const);
    return { required: true, content: Object.fromEntries(content) };
  }
  return { required: !body.safeParse(undefined).success, content: { [mediaTypes.json]: { schema: body } } };
}

function responsesOf({ response }: Endpoint): ZodOpenApiResponsesObject {
  const answers = Object.entries(response).map(([status, body]) => {
    const content = contentOf(body);
    const media = mediaOf(content);
    const description = content.description ?? statusNames[status] ?? 'The answer';
    return [status, { description, ...(Object.keys(media).length === 0 ? {} : { content: media }) }] as const;
  });
  return {
    ...Object.fromEntries(answers),
    '4XX': problemResponse('The request cannot be served as it is.'),
    '5XX': problemResponse('The platform cannot serve the request now.'),
  };
}

function mediaOf({ json, lines, events, bytes = [] }: Content) {
  return {
    ...(json && { [mediaTypes.json]: { schema: json } }),
    ...(lines && { [mediaTypes.lines]: { schema: lines } }),
    ...(events && { [mediaTypes.events]: { schema: z.string().describe(eventsInWords(events)) } }),
    ...Object.fromEntries(bytes.map((mediaType) => [mediaType, { schema: z.string().describe('The bytes.') }])),
  };
}

function eventsInWords(events: NonNullable<Content['events']>): string {
  return `Server-sent events: ${Object.keys(events)
    .map((name) => `\`${name}\``)
    .join(', ')}; the data of each is one line of JSON.`;
}

const statusNames: Record<string, string> = {
  200: 'The answer',
  201: 'Created',
  202: 'Accepted: the work goes on',
  204: 'Done',
  207: 'One status per item',
  304: 'Not modified',
};

function problemResponse(description: string) {
  return { description, content: { [problemMediaType]: { schema: problem } } };
}
