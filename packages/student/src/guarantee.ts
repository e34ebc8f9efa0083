import type { Guarantee } from '@retort/contracts';
import { clearlyBelow, learnThenTestPerSlice, type Rung, type Scored, type Threshold } from '@retort/statistics';
import { sliceKey, slicesOf, type Sliced } from './slices.ts';
import type { SliceCard, SlicePolicy, SliceGuaranteeCard, StudentCard } from './types.ts';
import { servingRule } from './serving-rule.ts';

/** A decision that was answered by a student that had not learnt from it. */
export interface Judged extends Scored, Sliced {
  /** Whether the teacher made a call at all. */
  called: boolean;
}

export interface GuaranteeQuestion {
  /** They choose the threshold, and nothing else. */
  deciding: readonly Judged[];
  /** They choose where the search for it begins. */
  tune: readonly Judged[];
  /** The rung to use; confidences are stated for its share of never-seen requests. */
  rung: Rung;
  target: number;
  confidence: number;
  /** What the tests of slices may spend: 1 − confidence, or a part of it. */
  delta: number;
  policy: SlicePolicy;
  floors: ToolFloors;
  kind: 'ltt' | 'ltt-cross-fitted';
}

export type GuaranteeFound = Pick<StudentCard, 'guarantee' | 'served'> & {
  slices: SliceGuaranteeCard;
  /** Which turns are served. */
  isServed: (one: Judged) => boolean;
};

/** From which agreement on a tool may be served; some have a floor of their own. */
export type ToolFloors = Pick<SliceGuaranteeCard, 'toolFloor' | 'toolFloors'>;

export const defaultToolFloor = 0.8;

export function floorOf({ toolFloor, toolFloors = {} }: ToolFloors, tool: string | null): number {
  return tool !== null && Object.hasOwn(toolFloors, tool) ? toolFloors[tool]! : toolFloor;
}

/** What a student guarantees: over everything it serves, and of each tool and agent by itself. */
export function findGuarantee(question: GuaranteeQuestion): GuaranteeFound {
  const { deciding, tune, rung, target, confidence, delta, policy, floors, kind } = question;
  const withSlices = (judged: readonly Judged[]) => judged.map((one) => ({ ...one, slices: slicesOf(one) }));
  const own = learnThenTestPerSlice({ calibration: withSlices(deciding), tune: withSlices(tune), target, delta });
  const threshold = policy === 'reported' ? rung.threshold : lowest(own.found);
  const guarantee: Guarantee =
    threshold === null
      ? { kind: 'none', target, confidence, threshold }
      : { kind, target, confidence, threshold, share: rung.share };
  const cards = slices(deciding).map(({ by, name, judged }): SliceCard => {
    const found = own.found.get(sliceKey(by, name)) ?? null;
    const served = threshold === null ? [] : judged.filter((one) => one.confidence >= threshold);
    const wrong = served.filter(({ agrees }) => !agrees).length;
    const covered = found !== null && threshold !== null && found.threshold <= threshold;
    return {
      by,
      name,
      decisions: judged.length,
      agreements: judged.filter(({ agrees }) => agrees).length,
      served: served.length,
      disagreements: wrong,
      threshold: found?.threshold ?? null,
      promised: policy === 'required' ? found !== null : covered,
      // What is clearly below the floor agrees far less than is guaranteed: without it the rest agrees no less.
      withheld:
        by === 'tool' &&
        policy === 'reported' &&
        clearlyBelow({ successes: served.length - wrong, trials: served.length }, floorOf(floors, name)),
    };
  });
  const card = { policy, ...floors, tested: own.tested, of: cards };
  const rule = servingRule(guarantee, card);
  const isServed = (one: Judged) => {
    const from = rule(one);
    return typeof from === 'number' && one.confidence >= from;
  };
  const counted = deciding.filter(isServed);
  const disagreements = counted.filter(({ agrees }) => !agrees).length;
  const called = deciding.filter((one) => one.called);
  return {
    guarantee,
    isServed,
    slices: { ...card, of: cards.map((slice) => ({ ...slice, ...servedOf(slice, counted) })) },
    served: {
      coverage: called.length === 0 ? 0 : called.filter(isServed).length / called.length,
      callAgreement: counted.length === 0 ? null : 1 - disagreements / counted.length,
      decisions: counted.length,
      disagreements,
    },
  };
}

/** A student of one tool has nothing to choose, and guarantees nothing. */
export function noGuarantee({ target, confidence, policy, floors }: GuaranteeQuestion): GuaranteeFound {
  return {
    isServed: () => false,
    guarantee: { kind: 'none', target, confidence, threshold: null },
    slices: { policy, ...floors, tested: 0, of: [] },
    served: { coverage: 0, callAgreement: null, decisions: 0, disagreements: 0 },
  };
}

function lowest(found: ReadonlyMap<string, Threshold | null>): number | null {
  const tools = [...found].flatMap(([key, one]) => (one !== null && key.startsWith('tool') ? [one.threshold] : []));
  return tools.length === 0 ? null : Math.min(...tools);
}

function servedOf({ by, name, withheld, served, disagreements }: SliceCard, counted: readonly Judged[]) {
  // What is withheld keeps the figures that it was withheld for.
  if (withheld) return { served, disagreements };
  const key = sliceKey(by, name);
  const mine = counted.filter((one) => slicesOf(one).includes(key));
  return { served: mine.length, disagreements: mine.filter(({ agrees }) => !agrees).length };
}

function slices(judged: readonly Judged[]): { by: 'tool' | 'agent'; name: string | null; judged: Judged[] }[] {
  const found = new Map<string, { by: 'tool' | 'agent'; name: string | null; judged: Judged[] }>();
  const add = (by: 'tool' | 'agent', name: string | null, one: Judged) => {
    const key = sliceKey(by, name);
    const known = found.get(key) ?? { by, name, judged: [] };
    known.judged.push(one);
    found.set(key, known);
  };
  for (const one of judged) {
    add('tool', one.tool, one);
    if (one.agent !== undefined) add('agent', one.agent, one);
  }
  return [...found.values()].sort((a, b) => (sliceKey(a.by, a.name) < sliceKey(b.by, b.name) ? -1 : 1));
}
