import type { ToolDefinition } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { readToolTexts, type ToolTexts } from './similarity.ts';
import type { ToolHead } from './model.ts';

/** The tools of one request, as the head sees them. */
export interface OfferedTools {
  /** What may be answered: the tools offered, and no tool (`null`) where the teacher is known to answer so. */
  candidates: (string | null)[];
  /** The head's class of each candidate; -1 for one that training never saw called. */
  classes: Int32Array;
  /** How far the head is believed for each candidate: n / (n + 10) with n training decisions. */
  evidence: Float64Array;
  definitions: ReadonlyMap<string, ToolDefinition>;
  /** Present when some tool has too little evidence to stand on the head alone. */
  texts?: ToolTexts;
}

const THIN_EVIDENCE = 50;

export function offerTools(head: ToolHead, tools: readonly ToolDefinition[]): OfferedTools {
  const candidates: (string | null)[] = tools.map(({ name }) => name);
  if (head.support[head.classOf.get(null) ?? -1]) candidates.push(null);
  const classes = Int32Array.from(candidates, (name) => head.classOf.get(name) ?? -1);
  const supports = Array.from(classes, (index) => (index < 0 ? 0 : head.support[index]!));
  const thin = tools.some((_, index) => supports[index]! < THIN_EVIDENCE);
  return {
    candidates,
    classes,
    evidence: Float64Array.from(supports, (support) => support / (support + 10)),
    definitions: new Map(tools.map((tool) => [tool.name, tool])),
    ...(thin ? { texts: readToolTexts(tools, head.space) } : {}),
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
