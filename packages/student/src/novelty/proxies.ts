import type { ToolDefinition } from '@retort/contracts';
import { seededRandom, type JsonObject, type Random } from '@retort/kernel';
import { readContext } from '../features/context.ts';
import { SEVERAL_CALLS } from '../head/model.ts';
import type { PredictionRequest, TaughtDecision } from '../types.ts';
import type { ToolGroups } from './groups.ts';
import type { JoinedRequest } from './several.ts';
import { FOREIGN, nonsense, saying } from './texts.ts';

/** Kinds of requests that training never saw, made of what it did see. */
export const KINDS = [
  'out-of-scope',
  'new-tool',
  'right-tool-missing',
  'renamed-tool',
  'added-requirement',
  'several-requests',
  'another-agent',
  'nonsense',
  'foreign-language',
  'empty',
] as const;
export type Kind = (typeof KINDS)[number];

/** A request of a kind never seen: whatever is served to it counts as wrong. */
export interface Proxy {
  kind: Kind;
  request: PredictionRequest;
  /** The tool that it is made of; null: of none. */
  tool: string | null;
  /** Proxies of one group are never both fitted and tested on. */
  group: number;
  /** Who has to answer: the head without this round's tools, or the one that did not learn from this fold. */
  by: { round: number } | { fold: number };
  /** The decision that it is made of; -1: of several. */
  row: number;
}

/** The most of a kind: what bounds its share well enough, and costs little to answer. The largest bound of a kind is what a rung
 *  hangs on, and a kind with few proxies has a large one though none of them is served: 0 of 150 is bounded by 4% at the level of
 *  a rung. */
const MOST = 900;
/** Of the kinds that are the hardest to tell: requests whose tool was left out, and joined ones. */
const MOST_HARD = 2400;

export interface ProxySource {
  decisions: readonly TaughtDecision[];
  answers: readonly (string | null)[];
  joined: readonly JoinedRequest[];
  /** Rows that may be answered by the head of their fold. */
  measured: Int32Array;
  fold: Int32Array;
  groups: ToolGroups;
  seed: number;
}

/** The proxies of decisions. The same decisions and seed give the same ones. */
export function makeProxies(source: ProxySource): Proxy[] {
  const random = seededRandom(`proxies/${source.seed}`);
  return [
    ...leftOut(source, random),
    ...changedTools(source, random),
    ...joinedRequests(source),
    ...texts(source, random),
  ];
}

/** Requests whose tool the answering head never saw: not on offer, and on offer. */
function leftOut({ decisions, answers, groups }: ProxySource, random: Random): Proxy[] {
  const rows = [...answers.keys()].filter(
    (row) => !decisions[row]!.teachesOnly && groups.roundOf.has(answers[row] ?? ''),
  );
  const listOf = changedLists();
  return evenly(random.shuffle(rows), (row) => answers[row]!, MOST_HARD).flatMap((row) => {
    const decision = decisions[row]!;
    const tool = answers[row]!;
    const group = groups.roundOf.get(tool)!;
    const of = { tool, group, by: { round: group }, row };
    const kept = listOf(decision.tools, String(group), 'kept', (list) =>
      list.filter(({ name }) => groups.roundOf.get(name) !== group),
    );
    if (kept.length === 0) return [];
    return [
      { ...of, kind: 'out-of-scope' as const, request: asking(decision, kept) },
      ...(decision.tools.some(({ name }) => name === tool)
        ? [{ ...of, kind: 'new-tool' as const, request: asking(decision, decision.tools) }]
        : []),
    ];
  });
}

/** Requests that training is like, with another list of tools. */
function changedTools({ decisions, answers, measured, fold, groups }: ProxySource, random: Random): Proxy[] {
  const called = Array.from(measured).filter((row) => isTool(answers[row]!));
  const listOf = changedLists();
  return evenly(random.shuffle(called), (row) => answers[row]!, MOST).flatMap((row) => {
    const decision = decisions[row]!;
    const tool = answers[row]!;
    const of = { tool, group: groups.groupOf(tool), by: { fold: fold[row]! }, row };
    const others = listOf(decision.tools, tool, 'without', (list) => list.filter(({ name }) => name !== tool));
    const made: Proxy[] = [];
    if (others.length > 0 && others.length < decision.tools.length) {
      made.push({ ...of, kind: 'right-tool-missing', request: asking(decision, others) });
      const changed = (change: (own: ToolDefinition) => ToolDefinition) =>
        asking(
          decision,
          listOf(decision.tools, tool, change.name, (list) =>
            list.map((one) => (one.name === tool ? change(one) : one)),
          ),
        );
      made.push({ ...of, kind: 'renamed-tool', request: changed(renamed) });
      made.push({ ...of, kind: 'added-requirement', request: changed(demanding) });
    }
    const stranger = decisions[random.integer(decisions.length)]!;
    if (
      stranger.tools !== decision.tools &&
      !stranger.tools.some(({ name }) => name === tool) &&
      stranger.tools.length > 0
    )
      made.push({ ...of, kind: 'another-agent', request: asking(decision, stranger.tools) });
    return made;
  });
}

type Tools = PredictionRequest['tools'];

/** Lists that were changed alike are one list: a head reads what its tools say of themselves once. */
function changedLists(): (tools: Tools, tool: string, how: string, change: (tools: Tools) => Tools) => Tools {
  const made = new Map<Tools, Map<string, Tools>>();
  return (tools, tool, how, change) => {
    const ofList = made.get(tools) ?? new Map<string, Tools>();
    made.set(tools, ofList);
    const key = `${how} ${tool}`;
    const list = ofList.get(key) ?? change(tools);
    ofList.set(key, list);
    return list;
  };
}

function joinedRequests({ joined, groups }: ProxySource): Proxy[] {
  return joined.slice(0, MOST_HARD).map(({ context, tools, agent, fold, of: [tool] }) => ({
    kind: 'several-requests',
    request: { context, tools, ...(agent !== undefined && { agent }) },
    tool,
    group: groups.groupOf(tool),
    by: { fold },
    row: -1,
  }));
}

/** Texts that no tool is for: of nothing, of another language, of no meaning. */
function texts({ decisions, measured, fold, groups }: ProxySource, random: Random): Proxy[] {
  if (measured.length === 0) return [];
  const words = Array.from({ length: 200 }, () =>
    readContext(decisions[random.integer(decisions.length)]!.context).text.split(/\s+/),
  )
    .flat()
    .filter((word) => word !== '');
  return Array.from({ length: MOST }, (_, index) => index).flatMap((index) => {
    const row = measured[random.integer(measured.length)]!;
    const decision = decisions[row]!;
    const of = { tool: null, group: groups.groupOf(String(index)), by: { fold: fold[row]! }, row };
    const one = (kind: Kind, context: JsonObject): Proxy => ({
      ...of,
      kind,
      request: asking({ ...decision, context }, decision.tools),
    });
    return [
      ...(words.length > 0 ? [one('nonsense', saying(nonsense(words, random), decision.context))] : []),
      one('foreign-language', saying(foreign(index), decision.context)),
      one('empty', index % 2 === 0 ? {} : saying('', decision.context)),
    ];
  });
}

/** One sentence or two: there are not many. */
function foreign(index: number): string {
  const count = FOREIGN.length;
  const first = FOREIGN[index % count]!;
  const second = Math.floor(index / count) % count;
  return second === 0 ? first : `${first} ${FOREIGN[(index + second) % count]!}`;
}

function asking({ context, agent }: PredictionRequest, tools: readonly ToolDefinition[]): PredictionRequest {
  return { context, tools, ...(agent !== undefined && { agent }) };
}

function renamed(tool: ToolDefinition): ToolDefinition {
  return { ...tool, name: `${tool.name}_v2` };
}

const DEMANDED = 'idempotency_token';

function demanding(tool: ToolDefinition): ToolDefinition {
  const { properties, required, ...schema } = tool.parameters ?? { type: 'object' };
  const [known, demanded] = [properties ?? {}, required ?? []] as [JsonObject, string[]];
  return {
    ...tool,
    parameters: {
      ...schema,
      properties: { ...known, [DEMANDED]: { type: 'string', minLength: 1 } },
      required: [...demanded, DEMANDED],
    },
  };
}

export function isTool(answer: string | null): answer is string {
  return answer !== null && answer !== SEVERAL_CALLS;
}

/** At most so many, of each tool about as many. */
function evenly(rows: readonly number[], toolOf: (row: number) => string, most: number): number[] {
  const tools = new Set(rows.map(toolOf)).size;
  const each = Math.ceil(most / Math.max(1, tools));
  const taken = new Map<string, number>();
  return rows.filter((row) => {
    const count = taken.get(toolOf(row)) ?? 0;
    taken.set(toolOf(row), count + 1);
    return count < each;
  });
}
