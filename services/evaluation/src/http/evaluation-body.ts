import {
  completeTurn,
  contradictionIn,
  decisionInput,
  evaluationInput,
  pointersOf,
  type evaluationQuery,
} from '@retort/contracts';
import { exceededJsonBudget, fault, toPointer, type FaultPointer } from '@retort/kernel';
import { takingTurns } from '@retort/service-kit';
import { z } from 'zod';
import type { LabelledRequest } from '../app/ask-student.ts';

export interface EvaluationRequest extends z.output<typeof evaluationQuery> {
  decisions: LabelledRequest[];
}

const mostDecisions = 100_000;
const mostComplaints = 50;

/** Reads the decisions of an evaluation, one a line or as JSON. All of them are good, or every bad one is named (by its
 *  line or its pointer) and nothing is compared.
 *  @throws `evaluation.invalid` (400) */
export async function readEvaluation(
  body: Uint8Array,
  contentType: string,
  query: z.output<typeof evaluationQuery>,
): Promise<EvaluationRequest> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!contentType.startsWith('application/json'))
    return { ...query, decisions: await checkAll(linesOf(bytes), parseLine) };
  const text = bytes.length > largestDocument ? '' : bytes.toString('utf8');
  if (bytes.length > largestDocument || exceededJsonBudget(text, documentBudget) !== null)
    throw fault('request.body-too-large', {
      public: `A JSON body holds at most ${largestDocument} bytes and ${documentBudget.values} values. Send a decision a line as application/x-ndjson.`,
    });
  const value = parseLine({ text });
  if (value === notJson) throw fault('request.malformed-json', { public: 'The body is not valid JSON.' });
  const envelope = enclosing.safeParse(value);
  if (!envelope.success) throw invalid(pointersOf(envelope.error, enclosing));
  const { decisions, ...about } = envelope.data;
  const items = decisions.map((value, index) => ({ value, at: `/decisions/${index}` }));
  return { ...about, decisions: await checkAll(items, ({ value }) => value) };
}

/** A JSON body is parsed in one go. */
const largestDocument = 4 * 1_048_576;
const documentBudget = { levels: 128, values: 100_000 };
const lineBudget = { levels: 128, values: 50_000 };

/** The decisions are checked a few at a time. */
const enclosing = evaluationInput.extend({ decisions: z.array(z.unknown()).min(1).max(mostDecisions) });

function parseLine({ text }: { text: string }): unknown {
  try {
    // What costs too much to parse is not looked at.
    return exceededJsonBudget(text, lineBudget) === null ? JSON.parse(text) : notJson;
  } catch {
    return notJson;
  }
}
const notJson = Symbol('not JSON');

/** Lines that are not empty, one decoded at a time. */
function* linesOf(bytes: Buffer): Generator<{ text: string; at: string }> {
  for (let [start, index] = [0, 0]; start < bytes.length; index++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.toString('utf8', start, end);
    if (text.trim() !== '') yield { text, at: `/${index}` };
    start = end + 1;
  }
}

async function checkAll<Item extends { at: string }>(
  items: Iterable<Item>,
  valueOf: (item: Item) => unknown,
): Promise<LabelledRequest[]> {
  const decisions: LabelledRequest[] = [];
  const complaints: FaultPointer[] = [];
  const turn = takingTurns();
  for (const item of items) {
    await turn();
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
    if (complaints.length >= mostComplaints || decisions.length > mostDecisions) break;
  }
  if (complaints.length === 0 && (decisions.length === 0 || decisions.length > mostDecisions))
    throw invalid([{ pointer: '', message: `expected 1 to ${mostDecisions} decisions` }]);
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
