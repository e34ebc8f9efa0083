import { contradictionIn, decisionInput } from '@retort/contracts';
import { toPointer } from '@retort/kernel';
import { readDecisionFile, type BadLine, type DecisionLine } from '../decision-file.ts';
import type { NamedToolsets } from '../toolset-file.ts';
import { unknownToolset } from './named-toolsets.ts';

/** The decisions to be measured on. An evaluation takes all of its decisions or none: what does not satisfy the contract
 *  goes to `onBadLine` instead, by its line. A label may contradict its tool's schema: it is a label all the same. */
export async function readTestRows(
  path: string,
  toolsets: NamedToolsets,
  onBadLine: (bad: BadLine) => void,
): Promise<DecisionLine[]> {
  const rows: DecisionLine[] = [];
  for await (const row of readDecisionFile(path, onBadLine)) {
    const message = objectionTo(row) ?? unknownToolset(row, toolsets);
    if (message === null) rows.push(row);
    else onBadLine({ line: row.line, message });
  }
  return rows;
}

function objectionTo({ decision }: DecisionLine): string | null {
  const checked = decisionInput.safeParse(decision);
  if (!checked.success)
    return checked.error.issues.map(({ path, message }) => `${toPointer(path)}: ${message}`).join('; ');
  const contradiction = contradictionIn(checked.data);
  if (contradiction) return `${toPointer(contradiction.path)}: ${contradiction.message}`;
  const { tools_available: tools, toolset } = checked.data;
  if (tools === undefined && toolset === undefined)
    return '/tools_available: the tools that were offered are missing: give them here, or name their toolset in toolset';
  return tools !== undefined && toolset !== undefined
    ? '/toolset: the tools that were offered stand here and in tools_available: give one of them'
    : null;
}
