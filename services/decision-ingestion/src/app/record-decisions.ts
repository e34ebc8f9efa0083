import { setImmediate } from 'node:timers/promises';
import { decisionEventId, streamName, type DecisionInput } from '@retort/contracts';
import type { AppendRequest } from '@retort/event-store';
import { fault, isFault, type Clock, type NewId } from '@retort/kernel';
import { envelope, type Trace } from '@retort/service-kit';
import { parseDecision, sameContent, storedDecision, withoutUpstream } from '../domain/decision.ts';
import type { Toolset } from '../domain/toolset.ts';
import type { Admitted, RedactedText } from './personal-data.ts';
import type { CommitOutcome } from './group-commit.ts';
import type { Toolsets } from './toolsets.ts';

/** A decision on its way into the log. */
export interface PreparedDecision {
  id: string;
  eventId: string;
  request: AppendRequest;
}

export interface Recorded {
  id: string;
  eventId: string;
  status: 'recorded' | 'duplicate';
}

/** On whose behalf something is written. */
export interface Author {
  tenant: string;
  trace: Trace;
  /** One of our own services says it, as the gateway does of what it saw. */
  isService?: boolean;
}

export interface PreparePorts {
  toolsets: Toolsets;
  clock: Clock;
  newId: NewId;
}

/** Checks a posted decision and makes its event; at once wherever its toolset is known already. `newId` gives the id
 *  of one that has none.
 *  @throws the faults of `parseDecision` (400) and of `Toolsets` and `Toolset.check` (422) */
export function prepareDecision(
  given: Admitted,
  author: Author,
  options: PreparePorts,
): PreparedDecision | Promise<PreparedDecision> {
  const posted = parseDecision(given.text);
  const input = author.isService ? posted : withoutUpstream(posted);
  const admitted = input === posted ? given : { ...given, text: JSON.stringify(input) as RedactedText };
  if (admitted.text.length > largeText) return prepareInTurns(admitted, input, { author, options });
  const offered = toolsetOf(input, author, options);
  const check = (toolset: Toolset) => {
    checkCalls(toolset, input);
    return prepared(admitted, input, { toolset, author, options });
  };
  const compiled =
    offered instanceof Promise ? offered.then((toolset) => compile(toolset, input)) : compile(offered, input);
  return compiled instanceof Promise ? compiled.then(check) : check(compiled);
}

/** Characters of a decision that is prepared in several goes: each of them takes milliseconds. */
const largeText = 65_536;

async function prepareInTurns(
  admitted: Admitted,
  input: DecisionInput,
  { author, options }: { author: Author; options: PreparePorts },
): Promise<PreparedDecision> {
  await setImmediate();
  const toolset = await compile(await toolsetOf(input, author, options), input);
  await setImmediate();
  checkCalls(toolset, input);
  await setImmediate();
  return prepared(admitted, input, { toolset, author, options });
}

function toolsetOf(input: DecisionInput, { tenant, trace }: Author, { toolsets }: PreparePorts) {
  return input.toolset === undefined
    ? toolsets.intern(tenant, input.tools_available ?? [], trace)
    : toolsets.find(tenant, input.toolset);
}

/** The schemas of many calls are compiled one at a time: other requests go in between. */
function compile(toolset: Toolset, { tool_calls: calls = [] }: DecisionInput): Toolset | Promise<Toolset> {
  if (calls.length <= 1) return toolset;
  const indices = toolset.uncompiled(calls.map(({ tool }) => tool));
  return indices.length === 0 ? toolset : compileEach(toolset, indices);
}

async function compileEach(toolset: Toolset, indices: readonly number[]): Promise<Toolset> {
  for (const index of indices) {
    try {
      toolset.compile(index);
    } catch (error) {
      // One that an earlier release accepted checks nothing.
      if (!isFault(error, 'toolsets.invalid-schema')) throw error;
    }
    await setImmediate();
  }
  return toolset;
}

function prepared(
  { text, subjects }: Admitted,
  input: DecisionInput,
  { toolset, author: { tenant, trace }, options }: { toolset: Toolset; author: Author; options: PreparePorts },
): PreparedDecision {
  const { clock, newId } = options;
  const decision = storedDecision(text, input, { toolset: toolset.digest, id: newId, receivedAt: clock });
  const eventId = decisionEventId(tenant, decision.id);
  return {
    id: decision.id,
    eventId,
    request: {
      stream: streamName('agent', tenant, decision.agentId),
      expected: 'any',
      events: [
        envelope({
          id: eventId,
          type: 'AGENT_TOOL_SELECTED',
          tenant,
          aggregateId: decision.agentId,
          occurredAt: decision.occurredAt,
          trace,
          json: decision.json,
          ...(subjects.length > 0 && { protect: { subjects } }),
        }),
      ],
    },
  };
}

function checkCalls(toolset: Toolset, input: DecisionInput): void {
  const { tool_calls: calls, tool_selected: tool, tool_parameters: parameters = {}, known_parameters: known } = input;
  if (!calls) return toolset.check(tool ?? null, parameters, known);
  calls.forEach(({ tool, parameters = {}, known_parameters: known }, index) => {
    const at = `/tool_calls/${index}`;
    const pointers = { tool: `${at}/tool`, parameters: `${at}/parameters`, known: `${at}/known_parameters` };
    toolset.check(tool, parameters, known, { ...pointers, calls: calls.length });
  });
}

/** What became of a prepared decision.
 *  @throws `decisions.id-conflict` (409): its id stands for another decision */
export function recorded({ id, eventId, request }: PreparedDecision, outcome: CommitOutcome): Recorded {
  if (outcome.status === 'appended') return { id, eventId, status: 'recorded' };
  if (outcome.status === 'duplicate') {
    const held = outcome.recorded.find((event) => event.id === eventId);
    if (held?.sealed?.isReadable === false) throw idConflict();
    if (!held || (held.type === 'AGENT_TOOL_SELECTED' && sameContent(held, request.events[0]!)))
      return { id, eventId, status: 'duplicate' };
  }
  if (outcome.status === 'rejected') throw outcome.fault;
  throw idConflict();
}

function idConflict() {
  return fault('decisions.id-conflict', {
    public: 'A decision of this id was recorded with other content.',
    errors: [{ pointer: '/id', message: 'stands for a decision with other content' }],
  });
}
