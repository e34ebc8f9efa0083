import {
  completeTurn,
  contradictionIn,
  decisionInput,
  maximumCalls,
  pointersOf,
  toolCall,
  upcast,
  type DecisionInput,
  type Upcasters,
} from '@retort/contracts';
import { canonicalJson, fault, toPointer, type FaultPointer } from '@retort/kernel';
import { z } from 'zod';
import { compileCheck } from './compile-check.ts';
import { parseJson } from './parse-json.ts';

/** A decision as it stands in the log. */
export interface StoredDecision {
  id: string;
  agentId: string;
  /** ISO 8601, UTC, milliseconds. */
  occurredAt: string;
  /** `data` of AGENT_TOOL_SELECTED: the text received wherever nothing in it had to change. */
  json: string;
}

/** What was parsed from JSON is JSON: its free-form members are not walked a second time. The tools offered are checked
 *  where they are interned. */
const looksRight = compileCheck(
  decisionInput.extend({
    context: z.looseObject({}),
    tool_parameters: z.looseObject({}).nullable().optional(),
    known_parameters: z.looseObject({}).nullish(),
    tool_calls: z
      .array(
        toolCall.extend({
          parameters: z.looseObject({}).nullable().optional(),
          known_parameters: z.looseObject({}).nullish(),
        }),
      )
      .max(maximumCalls)
      .optional(),
    outcome: z
      .looseObject({ success: z.boolean().optional(), execution_time_ms: z.number().nonnegative().optional() })
      .nullish(),
    tools_available: z.array(z.unknown()).optional(),
  }),
);

/** Reads a posted decision.
 *  @throws `decisions.malformed-json`, `decisions.invalid` (400), naming every field that is wrong */
export function parseDecision(text: string): DecisionInput {
  const value = parseJson(text);
  if (!looksRight(value)) {
    const checked = decisionInput.safeParse(value);
    if (!checked.success) throw invalid(pointersOf(checked.error, decisionInput));
  }
  const input = value as DecisionInput;
  if ((input.toolset === undefined) === (input.tools_available === undefined))
    throw invalid([{ pointer: input.toolset === undefined ? '/tools_available' : '/toolset', message: eitherOr }]);
  const contradiction = contradictionIn(input);
  if (contradiction) throw invalid([{ pointer: toPointer(contradiction.path), message: contradiction.message }]);
  return input;
}

const eitherOr = 'the tools offered stand either in tools_available or behind toolset: one of them, not both';

function invalid(errors: FaultPointer[]) {
  return fault('decisions.invalid', { public: 'The decision does not satisfy its schema.', errors });
}

/** Gives a decision its stored form. `id` and `receivedAt` stand in where the agent gave none.
 *  @throws `decisions.timestamp-in-future` (422) */
export function storedDecision(
  text: string,
  input: DecisionInput,
  given: { toolset: string; id: () => string; receivedAt: () => Date },
): StoredDecision {
  const id = input.id ?? given.id();
  const receivedAt = given.receivedAt();
  return {
    id,
    agentId: input.agent_id,
    occurredAt: input.timestamp === undefined ? receivedAt.toISOString() : occurredAt(input.timestamp, receivedAt),
    json: storedJson(text, input, { id, toolset: given.toolset }),
  };
}

function storedJson(text: string, input: DecisionInput, { id, toolset }: { id: string; toolset: string }): string {
  if (input.toolset !== toolset || input.tool_selected === undefined) {
    const { tools_available: _, ...rest } = input;
    // Whoever reads the log without this program finds the first call where it always was.
    const turn = input.tool_calls ? completeTurn(rest) : rest;
    return JSON.stringify({ ...turn, id, toolset });
  }
  return input.id === undefined ? `{"id":${JSON.stringify(id)},${text.slice(text.indexOf('{') + 1)}` : text;
}

/** How far the clock of an agent may be ahead of ours. */
const clockSkewMs = 5 * 60_000;

/** @throws `decisions.timestamp-in-future` (422) */
function occurredAt(timestamp: string, receivedAt: Date): string {
  const moment = inUtc(timestamp);
  if (Date.parse(moment) <= receivedAt.getTime() + clockSkewMs) return moment;
  throw fault('decisions.timestamp-in-future', {
    public: 'The decision would have been made in the future.',
    errors: [{ pointer: '/timestamp', message: 'is more than five minutes ahead of the platform’s clock' }],
  });
}

const written = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @throws `decisions.invalid` for a moment that no calendar of four-digit years holds */
function inUtc(timestamp: string): string {
  // The schema has looked at the calendar already; most agents write the form that we keep.
  if (written.test(timestamp)) return timestamp;
  const moment = new Date(timestamp);
  const year = moment.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw invalid([{ pointer: '/timestamp', message: 'outside the years 1 to 9999' }]);
  return moment.toISOString();
}

/** Which upstream answered is known to the gateway alone: it says that a teacher decided, whatever a student said before. Of
 *  anybody else it is not kept. */
export function withoutUpstream<Posted extends Pick<DecisionInput, 'exchange'>>(posted: Posted): Posted {
  if (posted.exchange?.upstream === undefined) return posted;
  const { upstream: _, ...exchange } = posted.exchange;
  return { ...posted, exchange };
}

/** A decision's data as the log holds them, or is to. */
export interface Written {
  /** Of their schema. */
  version: number;
  json: string;
}

/** Whether two stored forms say the same, however they are written and in whichever form their turn is told; those of an older
 *  schema in the words of today's. */
export function sameContent(held: Written, posted: Written, upcasters?: Upcasters): boolean {
  if (held.json === posted.json) return true;
  // Posted again by an agent that exported it, a decision of the gateway's has no upstream any more.
  const [left, right] = [held, posted].map(({ json }): unknown => withoutUpstream(JSON.parse(json) as DecisionInput));
  // One of a newer release, recorded while this one is being replaced, cannot be lifted: it is compared as it stands.
  if (held.version > posted.version) return canonicalJson(left) === canonicalJson(right);
  const now = (version: number, data: unknown) => upcast('AGENT_TOOL_SELECTED', version, data, upcasters);
  return canonicalJson(now(held.version, left)) === canonicalJson(now(posted.version, right));
}
