import { countScores, noveltyCut, quantileEdges, tailAbove } from '@retort/statistics';
import { confidenceOf, fitNovel, noveltyOf, weighTurn, type Calibration, type TurnEvidence } from '../confidence.ts';
import type { Answer } from '../answer.ts';
import type { NoveltyCard } from '../types.ts';
import { KINDS, type Kind, type Proxy } from './proxies.ts';

/** The share of never-seen requests that a prediction's novelty is stated for. */
export const NOVELTY_PRIOR = 0.05;

/** A proxy and what was answered to it. */
export interface AnsweredProxy {
  proxy: Proxy;
  answer: Answer;
  /** Chooses where walks begin and the cut; the others, and only they, bound what is served. */
  tune: boolean;
}

/** A proxy as the gate sees it. */
export interface ScoredProxy extends AnsweredProxy {
  novelty: number;
  /** Where a share `prior` of the requests is of kinds never seen. A NaN confidence is never served. */
  confidence(prior: number): number;
}

/** Fits the novelty score on all proxies, and scores each with one that did not see its group. */
export function calibrateNovelty(
  right: Calibration['right'],
  known: readonly TurnEvidence[],
  proxies: readonly AnsweredProxy[],
): { calibration: Calibration; scored: ScoredProxy[] } {
  const usable = proxies.filter(({ answer }) => isScored(answer));
  const fit = (of: readonly AnsweredProxy[]): Calibration => ({
    right,
    novel: fitNovel(
      known,
      KINDS.map((kind) => of.filter(({ proxy }) => proxy.kind === kind).map(({ answer }) => answer)).filter(
        ({ length }) => length > 0,
      ),
    ),
  });
  const groups = [...new Set(usable.map(({ proxy }) => proxy.group))];
  const without = new Map(groups.map((group) => [group, fit(usable.filter(({ proxy }) => proxy.group !== group))]));
  const scored = proxies.map((one): ScoredProxy => {
    const calibration = without.get(one.proxy.group) ?? { right, novel: null };
    const weighed = weighTurn(calibration, one.answer);
    return {
      ...one,
      novelty: noveltyOf(weighed, NOVELTY_PRIOR),
      confidence: (prior) => (isScored(one.answer) ? confidenceOf(weighed, prior) : NaN),
    };
  });
  return { calibration: fit(usable), scored };
}

/** Only what could be served has to be told apart by its score. */
function isScored({ answer, objection }: Answer): boolean {
  return answer !== 'words' && objection === undefined;
}

/** The novelty figures of a card: the tails at the cut that parts tuning turns best. */
export function noveltyCard(
  known: readonly { novelty: number; tune: boolean }[],
  proxies: readonly ScoredProxy[],
  { threshold, share }: { threshold: number | null; share: number },
): NoveltyCard {
  const scores = (of: readonly { novelty: number }[]) => of.map(({ novelty }) => novelty);
  const cut = noveltyCut(scores(known.filter(({ tune }) => tune)), scores(proxies.filter(({ tune }) => tune)));
  const testing = proxies.filter(({ tune }) => !tune);
  const isServed = ({ confidence }: ScoredProxy) => threshold !== null && confidence(share) >= threshold;
  const tuning = Float64Array.from(scores(known.filter(({ tune }) => tune))).sort();
  const edges = quantileEdges([...tuning], BINS);
  const deciding = scores(known.filter(({ tune }) => !tune));
  const tailsAt = (at: number) => ({ cut: at, known: tailAbove(deciding, at), novel: tailAbove(scores(testing), at) });
  return {
    cut: Number.isFinite(cut) ? cut : null,
    known: tailsAt(cut).known,
    ...(tuning.length > 0 && { sure: tailsAt(tuning[Math.floor((1 - SURE_TAIL) * tuning.length)]!) }),
    calibration: countScores(deciding, edges),
    novel: tailsAt(cut).novel,
    kinds: KINDS.flatMap((kind) => {
      const own = testing.filter(({ proxy }) => proxy.kind === kind);
      if (own.length === 0) return [];
      const served = own.filter(isServed);
      return [{ kind, requests: own.length, served: served.length, worstTool: mostFrequentTool(served) }];
    }),
  };
}

const SURE_TAIL = 0.01;

/** So few that a card stays small; more would tell changes within a bin as well. */
const BINS = 64;

function mostFrequentTool(proxies: readonly ScoredProxy[]): string | null {
  const counts = new Map<string, number>();
  for (const { proxy } of proxies) if (proxy.tool !== null) counts.set(proxy.tool, (counts.get(proxy.tool) ?? 0) + 1);
  return [...counts].reduce<[string | null, number]>((worst, one) => (one[1] > worst[1] ? one : worst), [null, 0])[0];
}

/** Confidences by kind, as the ladder takes them for one rung. */
export function byKind(proxies: readonly ScoredProxy[], prior: number): Map<Kind, { confidence: number }[]> {
  return new Map(
    KINDS.flatMap((kind) => {
      const own = proxies.filter(({ proxy }) => proxy.kind === kind);
      return own.length === 0
        ? []
        : [[kind, own.map(({ confidence }) => ({ confidence: confidence(prior) }))] as const];
    }),
  );
}
