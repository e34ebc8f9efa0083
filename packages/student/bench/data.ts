import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { LabelledDecision } from '../src/index.ts';
import { generateDecisions } from './generated.ts';

const root = new URL('../../../../shared/data/', import.meta.url);

/** Where a set lies: a folder of its own, or one of the shared sets by name (`RETORT_DATA` may name another place). */
function folderOf(set: string): URL {
  if (set.includes('/')) return new URL(`${set}/`, `file://${process.cwd()}/`);
  const data = process.env['RETORT_DATA'];
  return new URL(`${set}/`, data === undefined ? root : new URL(`${data}/`, `file://${process.cwd()}/`));
}

export function isPresent(set: string): boolean {
  return existsSync(new URL('train.jsonl.gz', folderOf(set)));
}

interface Row {
  id: string;
  group?: string;
  context: JsonObject;
  tool_selected: string | null;
  tool_parameters: JsonObject;
  tools_available?: ToolDefinition[];
}

/** The decisions of a set, or generated ones by that name. */
export function decisionsOf(set: string): { train: LabelledDecision[]; test: LabelledDecision[] } {
  if (set !== 'generated') return readSet(set);
  const all = generateDecisions({ rows: 6000, tools: 60, seed: 1 });
  return { train: all.slice(0, 5000), test: all.slice(5000) };
}

/** The decisions of a set, in the order of its files. */
export function readSet(set: string): { train: LabelledDecision[]; test: LabelledDecision[] } {
  const folder = folderOf(set);
  const file = new URL('tools.json', folder);
  const tools = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ToolDefinition[]) : [];
  const read = (name: string): LabelledDecision[] =>
    gunzipSync(readFileSync(new URL(name, folder)))
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const row = JSON.parse(line) as Row;
        return {
          id: row.id,
          ...(row.group !== undefined && { group: row.group }),
          context: row.context,
          tools: row.tools_available ?? tools,
          call: { tool: row.tool_selected, parameters: row.tool_parameters },
        };
      });
  return { train: read('train.jsonl.gz'), test: read('test.jsonl.gz') };
}
