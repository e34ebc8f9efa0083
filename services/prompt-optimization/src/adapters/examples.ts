import { datasetView, page, toolsetView, trainingRow, type DatasetView, type ToolDefinition } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import type { BoundClient } from '@retort/service-kit';
import type { Example } from '../domain/example.ts';

const neededOfRow = trainingRow.pick({ id: true, agent_id: true, toolset: true });

/** The data set named, else the newest.
 *  @throws `prompts.no-dataset` (409) */
export async function datasetOf(client: BoundClient, version: string | undefined): Promise<DatasetView> {
  if (version !== undefined) return client.get(`/api/v1/datasets/${encodeURIComponent(version)}`, datasetView);
  const { data } = await client.get('/api/v1/datasets', page(datasetView), { query: { limit: 1, purpose: 'policy' } });
  if (data[0]) return data[0];
  throw fault('prompts.no-dataset', {
    public: 'No training data were curated yet: POST /api/v1/curation-runs first.',
  });
}

/** The data set's decisions as examples, those of the agents asked for. A decision whose arguments are not known shows
 *  nobody how to make a call, and cannot tell whether one was made: it is no example. */
export async function readExamples(
  client: BoundClient,
  { version, agents, signal }: { version: string; agents: readonly string[] | undefined; signal: AbortSignal },
): Promise<Example[]> {
  const toolsets = new Map<string, Promise<readonly ToolDefinition[]>>();
  const toolsOf = (digest: string) => {
    const path = `/api/v1/toolsets/${encodeURIComponent(digest)}`;
    const known = toolsets.get(digest) ?? client.get(path, toolsetView).then(({ tools }) => tools);
    toolsets.set(digest, known);
    return known;
  };
  const examples: Example[] = [];
  const path = `/api/v1/datasets/${encodeURIComponent(version)}/rows`;
  for await (const line of client.linesOf(path, { signal, query: { toolsets: 'reference' } })) {
    const { id, agent_id, toolset } = neededOfRow.parse(line);
    if (agents && !agents.includes(agent_id)) continue;
    const row = line as {
      context: JsonObject;
      tool_selected: string | null;
      tool_parameters: JsonObject | null;
      group?: string | null;
    };
    if (row.tool_parameters === null) continue;
    examples.push({
      id,
      group: row.group ?? null,
      context: row.context,
      tools: await toolsOf(toolset),
      call: { tool: row.tool_selected, parameters: row.tool_parameters },
    });
  }
  return examples;
}
