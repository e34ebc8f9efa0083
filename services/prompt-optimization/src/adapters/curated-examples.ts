import {
  curationRuns,
  getDataset,
  getToolset,
  listDatasetRows,
  listDatasets,
  trainingRow,
  type ToolDefinition,
} from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { TrainingExamplesOf } from '../app/training-examples.ts';
import type { Example } from '../domain/example.ts';

const neededOfRow = trainingRow.pick({ id: true, agent_id: true, toolset: true });

/** The data sets that curation publishes. */
export function curatedExamples(http: ServiceClient): TrainingExamplesOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    return {
      async dataset(version) {
        if (version !== undefined) return client.call(getDataset, { params: { version } });
        const { data } = await client.call(listDatasets, { query: { limit: 1, purpose: 'policy' } });
        if (data[0]) return data[0];
        const { method, path } = curationRuns.create;
        throw fault('prompts.no-dataset', { public: `No training data were curated yet: ${method} ${path} first.` });
      },
      async read({ version, agents, signal }) {
        const toolsets = new Map<string, Promise<readonly ToolDefinition[]>>();
        const toolsOf = (digest: string) => {
          const known =
            toolsets.get(digest) ?? client.call(getToolset, { params: { digest } }).then(({ tools }) => tools);
          toolsets.set(digest, known);
          return known;
        };
        const examples: Example[] = [];
        const request = { params: { version }, query: { toolsets: 'reference' }, signal } as const;
        for await (const line of client.uncheckedLines(listDatasetRows, request)) {
          const { id, agent_id, toolset } = neededOfRow.parse(line);
          if (agents && !agents.includes(agent_id)) continue;
          const row = line as {
            context: JsonObject;
            tool_selected: string | null;
            tool_parameters: JsonObject | null;
            group?: string | null;
            data_keys?: readonly string[];
          };
          if (row.tool_parameters === null) continue;
          // A prompt stands in the log in the clear: nobody who may have to be erased is shown in one.
          if (row.data_keys !== undefined) continue;
          examples.push({
            id,
            group: row.group ?? null,
            context: row.context,
            tools: await toolsOf(toolset),
            call: { tool: row.tool_selected, parameters: row.tool_parameters },
          });
        }
        return examples;
      },
    };
  };
}
