import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  completeTurn,
  contradictionIn,
  decisionInput,
  evaluationInput,
  pointersOf,
  type evaluationQuery,
} from '@retort/contracts';
import { fault, toPointer, type FaultPointer } from '@retort/kernel';
import { z } from 'zod';
import type { LabelledRequest } from '../app/ask-student.ts';

export interface EvaluationRequest extends z.output<typeof evaluationQuery> {
  decisions: LabelledRequest[];
}

const mostDecisions = 100_000;
const checkedPerTurn = 200;
const mostComplaints = 50;

/** Reads the decisions of an evaluation, one a line or as JSON. All of them are good, or every bad one is named (by its
 *  line or its pointer) and nothing is compared.
 *  @throws `evaluation.invalid` (400) */
export async function readEvaluation(
  body: Uint8Array,
  contentType: string,
  query: z.output<typeof evaluationQuery>,
): Promise<EvaluationRequest> {
  const text = Buffer.from(body).toString('utf8');
  if (!contentType.startsWith('application/json')) {
    const lines = text
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [{ text: line, at: `/${index}` }]));
    return { ...query, decisions: await checkAll(lines, parseLine) };
  }
  const value = parseLine({ text });
  if (value === notJson) throw fault('request.malformed-json', { public: 'The body is not valid JSON.' });
  const envelope = enclosing.safeParse(value);
  if (!envelope.success) throw invalid(pointersOf(envelope.error, enclosing));
  const { decisions, ...about } = envelope.data;
  const items = decisions.map((value, index) => ({ value, at: `/decisions/${index}` }));
  return { ...about, decisions: await checkAll(items, ({ value }) => value) };
}

/** The decisions are checked a few at a time. */
const enclosing = evaluationInput.extend({ decisions: z.array(z.unknown()).min(1).max(mostDecisions) });

function parseLine({ text }: { text: string }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}
const notJson = Symbol('not JSON');

async function checkAll<Item extends { at: string }>(
  items: readonly Item[],
  valueOf: (item: Item) => unknown,
): Promise<LabelledRequest[]> {
  if (items.length === 0 || items.length > mostDecisions)
    throw invalid([{ pointer: '', message: `expected 1 to ${mostDecisions} decisions` }]);
  const decisions: LabelledRequest[] = [];
  const complaints: FaultPointer[] = [];
  for (const [index, item] of items.entries()) {
    if (index % checkedPerTurn === checkedPerTurn - 1) await nextTurn();
    const value = valueOf(item);
    if (value === notJson) complaints.push({ pointer: item.at, message: 'not JSON' });
    else {
      const checked = decisionInput.safeParse(value);
      const told = checked.success ? contradictionIn(checked.data) : null;
      const wrong = checked.error
        ? pointersOf(checked.error, decisionInput)
        : told
          ? [{ pointer: toPointer(told.path), message: told.message }]
          : [];
      if (checked.success && !told) decisions.push(labelled(checked.data));
      complaints.push(...wrong.map(({ pointer, message }) => ({ pointer: `${item.at}${pointer}`, message })));
    }
    if (complaints.length >= mostComplaints) break;
  }
  if (complaints.length > 0) throw invalid(complaints.slice(0, mostComplaints));
  return decisions;
}

function labelled(decision: z.output<typeof decisionInput>) {
  const { id, context, tools_available, toolset } = decision;
  const { tool_selected, tool_parameters, tool_calls } = completeTurn(decision);
  return { id, context, tools_available, toolset, tool_selected, tool_parameters, tool_calls } as LabelledRequest;
}

function invalid(errors: FaultPointer[]): Error {
  return fault('evaluation.invalid', {
    public: 'Some of the decisions are not valid; nothing was evaluated.',
    errors,
  });
}
