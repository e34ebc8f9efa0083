import { registerToolset } from '@retort/contracts';
import type { Api } from '../api.ts';
import type { BadLine, DecisionLine } from '../decision-file.ts';
import { toolsNamed, type NamedToolsets } from '../toolset-file.ts';

/** The name that a row calls its toolset by; null where the tools stand in the row, or behind their digest. */
function toolsetName({ decision: { toolset } }: DecisionLine): string | null {
  return typeof toolset === 'string' && !toolset.startsWith('sha256:') ? toolset : null;
}

/** What is wrong when nothing is known under a row's name; null otherwise. */
export function unknownToolset(row: DecisionLine, toolsets: NamedToolsets): string | null {
  const name = toolsetName(row);
  return name === null || toolsNamed(toolsets, name)
    ? null
    : `/toolset: no tools are known for ${JSON.stringify(name)} (see --tools)`;
}

/** Rows that refer to their tools by digest: each named toolset is registered when a row first mentions it. */
export function registeringToolsets(api: Api, toolsets: NamedToolsets) {
  const registered = new Map<string, Promise<string>>();
  const digestOf = (name: string) => {
    const known = registered.get(name) ?? register(name);
    registered.set(name, known);
    return known;
  };
  const register = async (name: string) =>
    (await api.call(registerToolset, { body: { name, tools: [...toolsNamed(toolsets, name)!] } })).toolset;

  return async function* (
    rows: AsyncIterable<DecisionLine> | Iterable<DecisionLine>,
    onBadLine: (bad: BadLine) => void,
  ): AsyncGenerator<DecisionLine> {
    for await (const row of rows) {
      const unknown = unknownToolset(row, toolsets);
      const name = toolsetName(row);
      if (unknown !== null) onBadLine({ line: row.line, message: unknown });
      else if (name === null) yield row;
      else yield { line: row.line, decision: { ...row.decision, toolset: await digestOf(name) } };
    }
  };
}
