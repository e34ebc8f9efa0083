import type { ToolDefinition } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { SEVERAL_CALLS, type ToolHead } from './model.ts';
import { readToolTexts, type ToolTexts } from './similarity.ts';

/** The tools of one request, as the head sees them. */
export interface OfferedTools {
  /** What may be answered: the tools offered, and no tool (`null`) and several calls where the teacher is known to answer so. */
  candidates: (string | null)[];
  /** The head's class of each candidate; -1 for one that training never saw called. */
  classes: Int32Array;
  /** How far the head is believed for each candidate: with n training decisions n / (n + 10), and wholly from 50 on. */
  evidence: Float64Array;
  /** Logits that a candidate is behind that was on offer n times and never called: ln(1 + n), where more than 50 times say no
   *  more. */
  handicap: Float64Array;
  definitions: ReadonlyMap<string, ToolDefinition>;
  /** Place of several calls among the candidates; -1 where it is none. */
  several: number;
  /** The same without several calls. */
  one(): OfferedTools;
  /** Whether training saw none of the tools. */
  unseen: boolean;
  /** Whether every answer that training saw is on offer. */
  allTrained: boolean;
  /** Whether some tool has too little evidence to stand on the head alone. */
  thin: boolean;
  /** What the tools say of themselves: read when first asked for. */
  texts(): ToolTexts;
}

const THIN_EVIDENCE = 50;

export function offerTools(
  head: ToolHead,
  tools: readonly ToolDefinition[],
  beside: readonly (string | null)[] = [null, SEVERAL_CALLS],
): OfferedTools {
  const candidates: (string | null)[] = tools.map(({ name }) => name);
  for (const answer of beside) if (head.support[head.classOf.get(answer) ?? -1]) candidates.push(answer);
  const classes = Int32Array.from(candidates, (name) => head.classOf.get(name) ?? -1);
  const evidence = Float64Array.from(classes, (index, place) => {
    const support = index < 0 ? 0 : head.support[index]!;
    return place >= tools.length || support >= THIN_EVIDENCE ? 1 : support / (support + 10);
  });
  const present = new Set(classes);
  let texts: ToolTexts | undefined;
  let one: OfferedTools | undefined;
  return {
    candidates,
    classes,
    evidence,
    handicap: Float64Array.from(candidates, (name) =>
      Math.log1p(Math.min(THIN_EVIDENCE, head.neverCalled.get(name ?? '') ?? 0)),
    ),
    definitions: new Map(tools.map((tool) => [tool.name, tool])),
    several: candidates.indexOf(SEVERAL_CALLS, tools.length),
    one: () => (one ??= offerTools(head, tools, [null])),
    unseen: tools.every((_, place) => classes[place]! < 0),
    allTrained: head.support.every((support, index) => support === 0 || present.has(index)),
    thin: evidence.some((weight) => weight < 1),
    texts: () => (texts ??= readToolTexts(tools, head.space.meaning)),
  };
}

const REMEMBERED_TOOLSETS = 256;

/** Prepares each list of tools once: recognised by identity, and by content where a caller builds it anew. */
export function rememberToolsets(head: ToolHead): (tools: readonly ToolDefinition[]) => OfferedTools {
  const byIdentity = new WeakMap<readonly ToolDefinition[], OfferedTools>();
  const byContent = new Map<string, OfferedTools>();
  return (tools) => {
    const known = byIdentity.get(tools);
    if (known) return known;
    const digest = digestOfJson(tools);
    let offered = byContent.get(digest);
    if (!offered) {
      offered = offerTools(head, tools);
      if (byContent.size >= REMEMBERED_TOOLSETS) byContent.delete(byContent.keys().next().value!);
      byContent.set(digest, offered);
    }
    byIdentity.set(tools, offered);
    return offered;
  };
}
