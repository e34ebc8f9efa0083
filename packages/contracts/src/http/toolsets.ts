import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { digest } from '../json.ts';
import { toolList, uncheckedKeywords } from '../tools.ts';

/** `POST /toolsets` */
export const toolsetInput = z.strictObject({
  name: z.string().min(1).max(128).optional().describe('A name to refer to the toolset by.'),
  tools: toolList.describe('The tools, in full.'),
});
export const toolsetView = z.object({
  toolset: digest.describe('The digest of the canonical JSON of the tools.'),
  name: z.string().nullable().describe('The name that was registered for it; null without one.'),
  tools: toolList.describe('The tools, in full.'),
  unchecked: uncheckedKeywords
    .optional()
    .describe(
      'Keywords of the tools’ schemas that cannot be checked in linear time. No student calls a tool that has some.',
    ),
});

export const getToolset = endpoint({
  id: 'getToolset',
  owner: 'event-projection',
  method: 'GET',
  path: '/api/v1/toolsets/{digest}',
  scope: 'decisions:read',
  summary: 'The tools behind a digest',
  params: z.strictObject({ digest: digest.describe('The digest of the toolset.') }),
  response: { 200: toolsetView },
  errors: ['toolsets.unknown'],
});
