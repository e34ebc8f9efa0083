import type { ToolDefinition } from '@retort/contracts';
import type { Call, JsonObject, JsonValue } from '@retort/kernel';
import type { DomainAgent } from './domain-agent.ts';
import { understanding, type Understand, type Understanding } from './language/understand.ts';
import { applyRules, noTool, situationOf } from './rules.ts';

/** One way to read a request, and the call it leads to; `score` lies in [0, 1]. */
export interface Interpretation {
  intent: string;
  score: number;
  call: Call;
}

/** What the teacher is given: no more than any model would be. */
export interface DecisionRequest {
  context: JsonObject;
  tools: readonly ToolDefinition[];
}

/** Reads a request and applies the business rules: every interpretation, the best first; never empty. */
export type Decide = (request: DecisionRequest) => readonly Interpretation[];

/** Below this score an utterance carries no intent of its own, and the turns before it are read. */
const carriesIntent = 0.5;
const nothingUnderstood: Interpretation = { intent: 'unclear', score: 0, call: noTool };

/** Builds the understanding of these agents' languages. Which agent is asked follows from the tools offered. */
export function decider(agents: readonly DomainAgent[]): Decide {
  const minds = agents.map((agent) => ({ agent, understand: understanding(agent.grammar) }));
  const byTool = new Map(minds.flatMap((mind) => mind.agent.tools.map((tool) => [tool.name, mind] as const)));
  return ({ context, tools }) => {
    const mind = tools.map((tool) => byTool.get(tool.name)).find((known) => known !== undefined);
    if (!mind) return [nothingUnderstood];
    const understood = listen(mind.understand, context);
    if (!understood) return [nothingUnderstood];
    const situation = situationOf({ context, said: understood.said, limits: mind.agent.limits });
    const offered = new Set(tools.map((tool) => tool.name));
    return understood.readings.map(({ intent, score }) => {
      const call = applyRules(mind.agent.intents[intent]?.rules ?? [], situation, mind.agent.requiredOf);
      return { intent, score, call: call.tool !== null && offered.has(call.tool) ? call : noTool };
    });
  };
}

/** Goes back through the user's turns to the one that carries the intent, gathering values; later words win. */
function listen(understand: Understand, context: JsonObject): Pick<Understanding, 'readings' | 'said'> | undefined {
  const today = typeof context['today'] === 'string' ? context['today'] : '';
  let said: Record<string, JsonValue> = {};
  for (const text of userTurns(context).reverse()) {
    const understood = understand(text, today);
    said = { ...understood.said, ...said };
    const best = understood.readings[0];
    if (best && understood.saysMoreThanValues && best.score >= carriesIntent && best.intent !== 'confirm')
      return { readings: understood.readings, said };
  }
  return undefined;
}

function userTurns(context: JsonObject): string[] {
  const history = Array.isArray(context['history']) ? context['history'] : [];
  const earlier = history.flatMap((turn) =>
    turn !== null &&
    typeof turn === 'object' &&
    !Array.isArray(turn) &&
    turn['role'] === 'user' &&
    typeof turn['content'] === 'string'
      ? [turn['content']]
      : [],
  );
  return typeof context['query'] === 'string' ? [...earlier, context['query']] : earlier;
}
