import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { Draw } from './draw.ts';
import { everydayLexicon, everydayPhrases } from './language/everyday.ts';
import { grammar, type Grammar } from './language/grammar.ts';
import { lexicon } from './language/lexicon.ts';
import type { Slot } from './language/slots.ts';
import type { Limits, Rule } from './rules.ts';
import { parametersSchema } from './schema.ts';

/** A tool as an agent's file declares it. */
export interface ToolSource {
  about: string;
  parameters: Readonly<Record<string, JsonObject>>;
  /** Typical time of execution, milliseconds. */
  ms: number;
  /** The share of correct calls that fail all the same; 0.03 when absent. */
  failing?: number;
}

export interface Intent<Tool extends string = string> {
  /** How often it is asked for, relative to the agent's other intents. */
  weight: number;
  phrases: readonly string[];
  /** The first rule that applies decides. */
  rules: readonly Rule<Tool>[];
}

export interface AgentSource<Tool extends string> {
  agentId: string;
  title: string;
  /** Share of the traffic, relative to the other agents. */
  weight: number;
  lexicon: Readonly<Record<string, string>>;
  slots: Readonly<Record<string, Slot>>;
  limits?: Limits;
  /** The structured context of one session. */
  facts(draw: Draw): JsonObject;
  tools: Readonly<Record<Tool, ToolSource>>;
  intents: Readonly<Record<string, Intent<NoInfer<Tool>>>>;
  /** Ways to ask that fit two intents; the first is what is meant more often. */
  vague: readonly { phrases: readonly string[]; readings: readonly [string, string] }[];
}

/** One simulated UltraCore domain agent. */
export interface DomainAgent {
  readonly agentId: string;
  readonly title: string;
  readonly weight: number;
  readonly tools: readonly ToolDefinition[];
  readonly toolSources: Readonly<Record<string, ToolSource>>;
  readonly intents: Readonly<Record<string, Intent>>;
  readonly grammar: Grammar;
  readonly limits: Limits;
  facts(draw: Draw): JsonObject;
  requiredOf(tool: string): readonly string[];
}

/** The second reading of a vague phrase scores this much lower, so that the usual meaning comes first. */
const secondReading = 0.97;

/** Compiles an agent's file. @throws Error when a phrase, rule or vague reading names what the file does not define. */
export function defineAgent<const Tool extends string>(source: AgentSource<Tool>): DomainAgent {
  const tools = Object.entries<ToolSource>(source.tools).map(([name, tool]) => ({
    name,
    description: tool.about,
    parameters: parametersSchema(tool.parameters),
  }));
  const required = new Map(tools.map((tool) => [tool.name, tool.parameters['required'] as string[]]));
  for (const { readings } of source.vague)
    for (const intent of readings)
      if (!source.intents[intent])
        throw new Error(`${source.agentId}: no intent "${intent}" to read a vague phrase as`);
  return {
    agentId: source.agentId,
    title: source.title,
    weight: source.weight,
    tools,
    toolSources: source.tools,
    intents: source.intents,
    grammar: grammar({
      lexicon: { ...everydayLexicon, ...lexicon(source.lexicon) },
      slots: source.slots,
      phrases: [
        ...Object.entries(source.intents).flatMap(([intent, { phrases }]) =>
          phrases.map((phrase) => ({ intent, source: phrase })),
        ),
        ...source.vague.flatMap(({ phrases, readings: [usual, other] }) =>
          phrases.flatMap((phrase) => [
            { intent: usual, source: phrase, vague: true },
            { intent: other, source: phrase, vague: true, rank: secondReading },
          ]),
        ),
        ...everydayPhrases,
      ],
    }),
    limits: source.limits ?? {},
    facts: (draw) => source.facts(draw),
    requiredOf: (tool) => required.get(tool) ?? [],
  };
}
