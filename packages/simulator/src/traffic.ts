import type { ToolDefinition } from '@retort/contracts';
import { seededRandom, type Call, type JsonObject, type Random } from '@retort/kernel';
import { domainAgents } from './agents/index.ts';
import { idleDialogue, workDialogue, type Dialogue } from './dialogue.ts';
import type { DomainAgent } from './domain-agent.ts';
import { drawFrom } from './draw.ts';
import { conditionsAt, type Conditions, type Drift } from './drift.ts';
import { disturb } from './language/disturb.ts';
import { dayAfter } from './language/slots.ts';
import { applyRules, noTool, situationOf } from './rules.ts';

/** A request of a simulated agent, with the call that the bank's rules prescribe. */
export interface SimulatedRequest {
  simulated: true;
  id: string;
  agentId: string;
  /** The session: a repeated request stays in the session it repeats. */
  group: string;
  context: JsonObject;
  tools: readonly ToolDefinition[];
  /** What the rules prescribe for what was meant. */
  truth: Call;
  /** The words have two readings; `truth` follows the usual one. */
  ambiguous: boolean;
  /** Asked before in this session, with at most small changes. */
  repeated: boolean;
}

export interface TrafficOptions {
  seed: number | string;
  drift?: Drift;
  agents?: readonly DomainAgent[];
}
export interface Traffic {
  next(): SimulatedRequest;
}

interface Session {
  group: string;
  facts: JsonObject;
  dialogue: Dialogue;
  query: string;
}

/** Agents repeat themselves: this share of requests asks again what one of the latest sessions asked. */
const repeatShare = 0.4;
const rememberedSessions = 48;
/** The share of requests in which one tool is out of service. */
const withdrawnShare = 0.05;
const requestsPerDay = 400;
const firstDay = '2026-03-02';

/** An endless stream of requests: the same options give the same stream. Each agent draws from its own random stream. */
export function createTraffic({ seed, drift, agents = domainAgents }: TrafficOptions): Traffic {
  const root = seededRandom(seed);
  const choice = root.fork('agents');
  const sources = agents.map((agent) => ({
    agent,
    random: root.fork(agent.agentId),
    sessions: [] as Session[],
    opened: 0,
  }));
  let number = 0;
  return {
    next() {
      const conditions = conditionsAt(number, drift);
      const source = pickWeighted(choice, sources, ({ agent }) => agent.weight, conditions.inverted);
      const { agent, random, sessions } = source;
      const today = dayAfter(firstDay, Math.floor(number / requestsPerDay));
      const repeated = sessions.length > 0 && random.next() < repeatShare;
      const session = repeated
        ? random.pick(sessions)
        : openSession({ agent, random, today, conditions, group: `${agent.agentId}-${seed}-${source.opened++}` });
      if (!repeated && sessions.push(session) > rememberedSessions) sessions.shift();
      return request({ agent, random, session, repeated, conditions, today, id: `simulated-${seed}-${number++}` });
    },
  };
}

function openSession(opening: {
  agent: DomainAgent;
  random: Random;
  today: string;
  conditions: Conditions;
  group: string;
}): Session {
  const { agent, random, today, conditions, group } = opening;
  const intents = Object.entries(agent.intents);
  const setting = {
    agent,
    random,
    today,
    novelty: conditions.novelty,
    pickIntent: () => pickWeighted(random, intents, ([, intent]) => intent.weight, conditions.inverted)[0],
  };
  const dialogue = random.next() < conditions.chatter ? idleDialogue(setting) : workDialogue(setting);
  return {
    group,
    facts: { today, ...agent.facts(drawFrom(random)) },
    dialogue,
    query: write(dialogue, random, conditions.novelty),
  };
}

function write(dialogue: Dialogue, random: Random, chat: number): string {
  return disturb(dialogue.utterance, random, { courtesy: 0.25, misspelling: 0.12, chat });
}

function request(asked: {
  agent: DomainAgent;
  random: Random;
  session: Session;
  repeated: boolean;
  conditions: Conditions;
  today: string;
  id: string;
}): SimulatedRequest {
  const { agent, random, session, conditions } = asked;
  const { dialogue, facts } = session;
  const query = asked.repeated && random.next() < 0.5 ? write(dialogue, random, conditions.novelty) : session.query;
  const context: JsonObject = {
    query,
    ...(dialogue.history.length > 0 ? { history: dialogue.history } : {}),
    handbook: conditions.handbook,
    channel: random.pick(['web', 'web', 'mobile', 'branch', 'phone']),
    ...facts,
  };
  const rules = dialogue.intent === null ? [] : (agent.intents[dialogue.intent]?.rules ?? []);
  const prescribed = applyRules(
    rules,
    situationOf({ context, said: dialogue.said, limits: agent.limits }),
    agent.requiredOf,
  );
  const withdrawn = random.next() < withdrawnShare ? random.pick(agent.tools).name : undefined;
  return {
    simulated: true,
    id: asked.id,
    agentId: agent.agentId,
    group: session.group,
    context,
    tools: withdrawn === undefined ? agent.tools : agent.tools.filter((tool) => tool.name !== withdrawn),
    truth: prescribed.tool === withdrawn ? noTool : prescribed,
    ambiguous: dialogue.ambiguous,
    repeated: asked.repeated,
  };
}

/** Draws in proportion to weight; inverted, the heaviest item gets the lightest one's weight, and so on. */
function pickWeighted<Item>(
  random: Random,
  items: readonly Item[],
  weightOf: (item: Item) => number,
  inverted: boolean,
): Item {
  const weights = items.map(weightOf);
  if (inverted) {
    const ascending = [...weights].sort((one, other) => one - other);
    const rank = new Map(ascending.map((weight, index) => [weight, ascending[ascending.length - 1 - index]!]));
    weights.forEach((weight, index) => (weights[index] = rank.get(weight)!));
  }
  let left = random.next() * weights.reduce((total, weight) => total + weight, 0);
  for (const [index, item] of items.entries()) {
    left -= weights[index]!;
    if (left < 0) return item;
  }
  return items.at(-1)!;
}
