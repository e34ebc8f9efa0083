import { labelInput, promptVersionInput, promptVersionView, slug, versionNumber } from '@retort/contracts';
import { fault, type Clock } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { unknownVersion, type Prompts, type PromptVersion } from '../adapters/prompts.ts';

const named = z.object({ name: slug });
const read = { scope: 'prompts:read' } as const;
const write = { scope: 'prompts:write' } as const;

export function promptRoutes(app: Routes, { prompts, clock }: { prompts: Prompts; clock: Clock }): void {
  app.get(
    '/api/v1/prompts',
    {
      config: read,
      schema: {
        summary: 'The prompts of the tenant',
        operationId: 'listPrompts',
        response: { 200: z.object({ data: z.array(z.object({ prompt: z.string(), versions: z.int() })) }) },
      },
    },
    async ({ caller }) => ({ data: await prompts.names(caller.tenant) }),
  );
  app.post(
    '/api/v1/prompts/:name/versions',
    {
      config: write,
      schema: {
        summary: 'Add a version; the same content again is the version that is there',
        operationId: 'addPromptVersion',
        params: named,
        body: promptVersionInput,
        response: { 200: promptVersionView, 201: promptVersionView },
      },
    },
    async (request, reply) => {
      const { note, ...content } = request.body;
      const key = { tenant: request.caller.tenant, prompt: request.params.name };
      const { version, created } = await prompts.add(key, { content, note, at: clock() });
      return reply
        .status(created ? 201 : 200)
        .header('location', `/api/v1/prompts/${key.prompt}/versions/${version.version}`)
        .send(version);
    },
  );
  app.get(
    '/api/v1/prompts/:name/versions/:version',
    {
      config: read,
      schema: {
        summary: 'One version; it never changes, its labels may',
        operationId: 'getPromptVersion',
        params: named.extend({ version: z.coerce.number().pipe(versionNumber) }),
        response: { 200: promptVersionView, 304: z.null() },
      },
    },
    async (request, reply) => {
      const { name: prompt, version } = request.params;
      const found = await prompts.version({ tenant: request.caller.tenant, prompt }, version);
      if (!found) throw unknownVersion(version);
      return sendUnlessKnown(request, reply, found);
    },
  );
  app.get(
    '/api/v1/prompts/:name',
    {
      config: read,
      schema: {
        summary: 'The version a label stands for: what an agent fetches, with If-None-Match',
        operationId: 'getPrompt',
        params: named,
        querystring: z.object({ label: slug.default('production') }),
        response: { 200: promptVersionView, 304: z.null() },
      },
    },
    async (request, reply) => {
      const { label } = request.query;
      const found = await prompts.labelled({ tenant: request.caller.tenant, prompt: request.params.name }, label);
      if (found) return sendUnlessKnown(request, reply, found);
      throw fault('prompts.unknown-label', {
        public: `No version of ${request.params.name} carries the label ${label}.`,
      });
    },
  );
  app.put(
    '/api/v1/prompts/:name/labels/:label',
    {
      config: write,
      schema: {
        summary: 'Let a label stand for a version',
        operationId: 'labelPrompt',
        params: named.extend({ label: slug }),
        body: labelInput,
        response: { 200: promptVersionView },
      },
    },
    ({ caller, params, body }) =>
      prompts.label(
        { tenant: caller.tenant, prompt: params.name },
        { label: params.label, version: body.version, at: clock() },
      ),
  );
}

/** The labels are part of the representation, so they are part of its tag. */
function sendUnlessKnown(request: FastifyRequest, reply: FastifyReply, version: PromptVersion): FastifyReply {
  const etag = `"${version.digest}:${version.labels.join(',')}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  if (request.headers['if-none-match'] === etag) return reply.status(304).send(null);
  return reply.send(version);
}
