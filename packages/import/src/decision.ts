import type { DecisionInput, ToolDefinition } from '@retort/contracts';
import { decisionOf as decisionIn, exchangeOf, isStudentModel, offeredTools } from '@retort/conversation';
import { digestOfJson } from '@retort/kernel';
import { mostTools } from './inferred-tools.ts';
import { unusable, type Exchange, type Unusable } from './exchange.ts';

export interface DecisionOptions {
  /** Names the log: ids of two logs do not meet. */
  source: string;
  /** Of exchanges that name no agent. */
  agentId: string;
  /** Offered where the log does not say which tools there were. */
  tools: readonly ToolDefinition[];
}

/** An exchange as a decision that `POST /decisions` takes: the same conversion as the SDK's. Its id is the log's, else one made of
 *  its content, so that importing a log again adds nothing. */
export function decisionOf(exchange: Exchange, options: DecisionOptions): (DecisionInput & { id: string }) | Unusable {
  const { answer, request } = exchange;
  if (answer.finishReason === null && answer.calls.length === 0 && answer.content === '') return unusable('no-answer');
  if (isStudentModel(answer.model ?? request.model)) return unusable('student-answered');
  const known = offeredTools(request);
  if (known.length === 0 && (request.tools !== undefined || options.tools.length === 0)) return unusable('no-tools');
  if (known.length === 0 && leavesOut(options.tools, answer)) return unusable('too-many-tools');
  const decision = decisionIn(
    { request, agentId: agentIdOf(exchange.agent) ?? options.agentId, group: exchange.session?.slice(0, 256) },
    answer,
  );
  if (decision === 'incomplete-answer') return unusable('answer-cut-off');
  if (decision === 'context-elsewhere') return unusable('dialogue-elsewhere');
  const told = {
    ...decision,
    ...(known.length === 0 ? { tools_available: [...options.tools] } : {}),
    ...(exchange.at === undefined ? {} : { timestamp: exchange.at }),
    ...(exchange.outcome === undefined ? {} : { outcome: exchange.outcome }),
    ...toldOf(exchange),
  };
  return { ...told, id: idOf(exchange, told, options.source) };
}

/** What the log says of how the answer came about; nothing where it does not. */
function toldOf({ answer, latencyMs }: Exchange): Pick<DecisionInput, 'exchange'> {
  const told = exchangeOf(answer, latencyMs);
  return Object.keys(told).length === 0 ? {} : { exchange: told };
}

/** Of a log that does not say which tools there were, a thousand are inferred: its most frequent. */
function leavesOut(tools: readonly ToolDefinition[], { calls }: Exchange['answer']): boolean {
  return tools.length >= mostTools && calls.some((call) => !tools.some(({ name }) => name === call.name));
}

const longestId = 256;

/** What the log does not name is told apart by its content. */
function idOf({ id }: Exchange, decision: object, source: string): string {
  const named = id === undefined ? undefined : `${source}:${id}`;
  return named !== undefined && named.length <= longestId ? named : `${source}:${digestOfJson(decision)}`;
}

/** Names of agents have a form; what a log calls one is brought into it. */
function agentIdOf(name: string | undefined): string | undefined {
  const fit = name
    ?.replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 128);
  return fit === '' ? undefined : fit;
}
