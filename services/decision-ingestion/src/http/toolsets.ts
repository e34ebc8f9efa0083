import { toolsetInput, toolsetView } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import { parseJson } from '../domain/parse-json.ts';
import { textOf } from './body.ts';
import { described } from './described.ts';
import type { IngestionParts } from './parts.ts';

export function toolsetRoutes(app: Routes, { toolsets }: IngestionParts): void {
  app.post(
    '/api/v1/toolsets',
    {
      ...described,
      config: { scope: 'decisions:write' },
      schema: {
        summary: 'Register the tools that decisions choose among, and a name for them',
        operationId: 'registerToolset',
        body: toolsetInput,
        response: { 200: toolsetView, 201: toolsetView },
      },
    },
    async ({ body, caller, trace }, reply) => {
      const { name, tools } = parseRegistration(textOf(body));
      const { toolset, created, unchecked } = await toolsets.register(caller.tenant, {
        name,
        tools,
        trace,
        at: '/tools',
      });
      reply.status(created ? 201 : 200);
      reply.header('location', `/api/v1/toolsets/${toolset.digest}`);
      return {
        toolset: toolset.digest,
        name: name ?? null,
        tools: [...toolset.tools],
        ...(unchecked.length > 0 && { unchecked: [...unchecked] }),
      };
    },
  );
}

/** The tools themselves are read where they are registered. */
function parseRegistration(text: string): { name?: string | undefined; tools: unknown } {
  const value = parseJson(text);
  const parsed = toolsetInput.pick({ name: true }).safeParse(value);
  if (parsed.success) return { name: parsed.data.name, tools: (value as { tools?: unknown }).tools };
  throw fault('toolsets.invalid', {
    public: 'A toolset is an object with tools, and a name if it should have one.',
    errors: parsed.error.issues.map(({ path, message }) => ({
      pointer: path.length === 0 ? '' : `/${path.join('/')}`,
      message,
    })),
  });
}
