import { callsOf, trainingRow, type TrainingRow } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import type { TaughtDecision } from '@retort/student';
import type { PackedDecision, PackedDecisions } from '../domain/packed-decisions.ts';

/** Enough to know a row for one; the rest was checked when the decision was accepted. */
const neededOfRow = trainingRow.pick({ id: true, toolset: true, weight: true });

export interface RowsToPack {
  rows: AsyncIterable<unknown>;
  /** Asked for a toolset whose tools no row carried. */
  toolset(digest: string): Promise<TaughtDecision['tools']>;
  onRow?(count: number): void;
}

/** Reads a data set a row at a time into one buffer that can be handed over to a thread.
 *  @throws `training.row-invalid` (502), `training.data-empty` (422), and what `toolset` throws */
export async function packDecisions({ rows, toolset, onRow }: RowsToPack): Promise<PackedDecisions> {
  const lines: Buffer[] = [];
  const toolsets: PackedDecisions['toolsets'] = {};
  let bytes = 0;
  for await (const row of rows) {
    const { decision, tools } = readRow(row, lines.length);
    toolsets[decision.toolset] ??= tools ?? (await toolset(decision.toolset));
    const line = Buffer.from(`${JSON.stringify(decision)}\n`);
    bytes += line.length;
    lines.push(line);
    onRow?.(lines.length);
  }
  if (lines.length === 0) throw fault('training.data-empty', { public: 'The data set has no rows.' });
  const decisions = new Uint8Array(new ArrayBuffer(bytes));
  let offset = 0;
  for (const line of lines) {
    decisions.set(line, offset);
    offset += line.length;
  }
  return { count: lines.length, decisions, toolsets };
}

const words = { tool: null, parameters: {} };

function readRow(row: unknown, index: number): { decision: PackedDecision; tools: TrainingRow['tools_available'] } {
  const checked = neededOfRow.safeParse(row);
  if (!checked.success)
    throw fault('training.row-invalid', {
      public: `Row ${index + 1} of the data set is not a training row.`,
      cause: checked.error,
    });
  const { id, agent_id: agent, context, toolset, ...more } = row as TrainingRow;
  const { tools_available, group, weight, teacher_probabilities: teacherProbabilities } = more;
  const calls = callsOf(more).map(({ tool, parameters, known_parameters }) => ({
    call: { tool, parameters: parameters as JsonObject | null },
    known: known_parameters as JsonObject | null | undefined,
  }));
  const { call, known: knownArguments } = calls[0] ?? { call: words };
  return {
    decision: {
      id,
      agent,
      context: context as JsonObject,
      call,
      weight,
      toolset,
      ...(calls.length > 1 && { toolCalls: calls.map(({ call }) => call) }),
      ...(calls.length === 0 && { answer: 'words' as const }),
      ...(more.calibrates === false && { teachesOnly: true }),
      ...(group !== null && group !== undefined && { group }),
      ...(teacherProbabilities && { teacherProbabilities }),
      ...(knownArguments && { knownArguments }),
    },
    tools: tools_available,
  };
}
