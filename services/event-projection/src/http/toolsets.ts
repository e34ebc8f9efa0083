import { digest, toolsetView } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { ToolsetReader } from '../adapters/toolsets.ts';

export function toolsetRoutes(app: Routes, toolsets: ToolsetReader): void {
  app.get(
    '/api/v1/toolsets/:digest',
    {
      config: { scope: 'decisions:read' },
      schema: {
        summary: 'The tools behind a digest',
        operationId: 'getToolset',
        params: z.object({ digest }),
        response: { 200: toolsetView },
      },
    },
    async ({ params, caller: { tenant } }, reply) => {
      const tools = (await toolsets.find(tenant, [params.digest])).get(params.digest);
      if (!tools)
        throw fault('toolsets.unknown', {
          public: 'There is no toolset of this digest.',
        });
      reply.header('etag', `"${params.digest}"`);
      return { toolset: params.digest, name: await toolsets.nameOf(tenant, params.digest), tools };
    },
  );
}
