import { hash32, type JsonObject } from '@retort/kernel';
import { splitDecisions, splitKey } from './split.ts';
import type { OnProgress, StudentCard, TaughtDecision, TrainedStudent, TrainingOptions } from './types.ts';

export interface SearchOptions {
  /** The first is what is used unless another is clearly better. */
  candidates: readonly JsonObject[];
  /** No candidate is begun that would probably not end within this time. */
  seconds: number;
}

/** What was tried and what came of it. */
export interface SearchRecord {
  chosen: JsonObject;
  why: string;
  /** Decisions that the candidates were compared on. */
  decisions: number;
  tried: TriedCandidate[];
  /** Candidates that the time did not reach. */
  left: number;
}

export interface TriedCandidate {
  configuration: JsonObject;
  /** By cross-validation. */
  tool_agreement: number | null;
  call_agreement: number | null;
  seconds: number;
}

const fewestDecisions = 200;
const mostDecisions = 4_000;

/** Compares configurations by cross-validation, within a budget of time. Only decisions are used that do not choose the
 *  threshold, so that what is guaranteed afterwards was not searched for. A candidate replaces the first only when it is
 *  better by more than one standard error: the best of several is partly the luckiest. */
export function searchConfiguration(
  decisions: readonly TaughtDecision[],
  question: {
    search: SearchOptions;
    options: TrainingOptions;
    train(sample: readonly TaughtDecision[], options: TrainingOptions, onProgress: OnProgress): TrainedStudent;
    /** Seconds since some moment. */
    now(): number;
    onProgress: OnProgress;
  },
): SearchRecord {
  const { search, options, train, now, onProgress } = question;
  const sample = comparable(decisions, options.seed);
  const [first = {}, ...others] = search.candidates;
  const nothing = (why: string) => ({ chosen: first, why, decisions: sample.length, tried: [], left: 0 });
  if (others.length === 0) return nothing('There is one configuration.');
  if (sample.length < fewestDecisions)
    return nothing(`${sample.length} decisions may be compared on; ${fewestDecisions} are needed to tell.`);
  const began = now();
  const tried: (TriedCandidate & { card: StudentCard })[] = [];
  let longest = 0;
  for (const [index, configuration] of search.candidates.entries()) {
    const startedAt = now();
    if (index > 0 && startedAt - began + longest > search.seconds) break;
    const share = (fraction: number) => (index + fraction) / search.candidates.length;
    const { card } = train(
      sample,
      { ...options, configuration: { ...configuration, proxyRows: 0, holdOutFrom: Number.MAX_SAFE_INTEGER } },
      ({ fraction }) => onProgress({ fraction: share(fraction), step: `comparing configurations: ${index + 1}` }),
    );
    const seconds = now() - startedAt;
    longest = Math.max(longest, seconds);
    const { tool, call } = card.agreement;
    tried.push({ configuration, tool_agreement: tool, call_agreement: call, seconds, card });
    onProgress({
      fraction: share(1),
      step: `comparing configurations: ${index + 1}`,
      metrics: { search_candidate: index + 1, ...(call !== null && { search_call_agreement: call }) },
    });
  }
  return {
    ...choose(tried),
    decisions: sample.length,
    tried: tried.map(({ card: _, ...candidate }) => candidate),
    left: search.candidates.length - tried.length,
  };
}

function choose(tried: readonly (TriedCandidate & { card: StudentCard })[]): Pick<SearchRecord, 'chosen' | 'why'> {
  const first = tried[0]!;
  const best = tried.reduce((winner, one) => (rateOf(one) > rateOf(winner) ? one : winner));
  const rate = rateOf(first);
  const of = first.card.agreement.calls ?? first.card.agreement.decisions;
  const error = Math.sqrt((rate * (1 - rate)) / Math.max(1, of));
  const gain = rateOf(best) - rate;
  const described = `${rateOf(best).toFixed(4)} against ${rate.toFixed(4)}, one standard error is ${error.toFixed(4)}`;
  return gain > error
    ? { chosen: best.configuration, why: `Clearly better than the first: ${described}.` }
    : { chosen: first.configuration, why: `None is clearly better than the first: ${described}.` };
}

const rateOf = ({ call_agreement, tool_agreement }: TriedCandidate) => call_agreement ?? tool_agreement ?? 0;

/** Decisions that will not choose the threshold of a student trained on all of them with this seed; whole sessions. */
function comparable(decisions: readonly TaughtDecision[], seed: number): TaughtDecision[] {
  const keys = decisions.map(splitKey);
  const { tune, heldOut } = splitDecisions(keys, { folds: 2, seed });
  const free = decisions.flatMap((decision, index) =>
    tune[index] === 1 && heldOut[index] === 0 ? [{ decision, key: keys[index]! }] : [],
  );
  return free
    .filter(({ key }) => hash32(key, seed + 0x77) % free.length < mostDecisions)
    .map(({ decision }) => decision);
}
