import { canonicalJson, fault, hash32, type JsonObject } from '@retort/kernel';
import { fitTemperature } from '@retort/statistics';
import { answerer } from './answer.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { FORMAT } from './artifact.ts';
import { planCalibration } from './calibration-plan.ts';
import { callConfidence, fitCallCalibration } from './confidence.ts';
import { configurationOf } from './configuration.ts';
import { headProblem } from './head-problem.ts';
import { fitHead, fitSimilarityTemperature, labelledLogits, type EpochMetrics, type HeadExample } from './head/fit.ts';
import type { ToolHead } from './head/model.ts';
import { isComparable, measureAnswers } from './measure.ts';
import { defaultToolFloor, findGuarantee, noGuarantee } from './guarantee.ts';
import { callJudge } from './schema-check.ts';
import { toolMetrics } from './tool-metrics.ts';
import { splitKey } from './split.ts';
import { encodeStudent } from './student-file.ts';
import type { OnProgress, StudentCard, TaughtDecision, TrainedStudent, TrainingOptions } from './types.ts';

/** Trains a student. Synchronous and deterministic: the same rows in any order, options and seed give the same bytes.
 *  `onProgress` may throw to cancel. Fault `student.no-decisions` without rows. */
export function trainWith<Programs>(
  learner: ArgumentLearner<Programs>,
  given: readonly TaughtDecision[],
  options: TrainingOptions,
  onProgress: OnProgress = () => undefined,
): TrainedStudent {
  if (given.length === 0)
    throw fault('student.no-decisions', {
      public: 'There are no decisions to learn from.',
    });
  // In which order decisions were recorded depends on who was quicker: the student must not.
  const decisions = given.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const configuration = configurationOf(options.configuration);
  const keys = decisions.map(splitKey);
  onProgress({ fraction: 0, step: 'reading features' });
  const plan = planCalibration(keys, configuration, options.seed);
  const { problem, known } = headProblem(decisions, plan.served, configuration);

  const heads = plan.rounds.length + (plan.method === 'held-out' ? 0 : 1);
  let step = 0;
  const fit = (order: Int32Array, name: string) => {
    const base = step++;
    const report = (fraction: number, metrics: EpochMetrics) =>
      onProgress({ fraction: 0.05 + (0.6 * (base + fraction)) / heads, step: `the tool: ${name}`, metrics });
    return fitHead(problem, order, { ...configuration, seed: options.seed }, report);
  };
  const examples = (rows: Iterable<number>): HeadExample[] =>
    Array.from(rows, (row) => ({ ...decisions[row]!, tool: decisions[row]!.call.tool }));
  const fitted = plan.rounds.map((round, index) => {
    const name = plan.method === 'held-out' ? 'learning' : `cross-fitting ${index + 1} of ${plan.rounds.length}`;
    const head = fit(round.train, name);
    onProgress({
      fraction: 0.05 + (0.6 * step) / heads,
      step: `the tool: ${name}`,
      metrics: toolMetrics(head, examples(round.measure.subarray(0, METRICS_SAMPLE))),
    });
    return { ...round, head };
  });
  const servedHead =
    plan.method === 'held-out'
      ? fitted[0]!.head
      : fit(Int32Array.from(decisions.keys()), 'learning from all decisions');
  onProgress({ fraction: 0.65, step: 'the arguments' });
  const taught = plan.served.filter((row) => hasArguments(decisions[row]!));
  const learnt = learner.learn(
    Array.from(taught, (row) => decisions[row]!),
    { seed: options.seed, folds: { of: taught.map((row) => plan.fold[row]!), count: plan.folds } },
  );
  onProgress({ fraction: 0.9, step: 'calibrating' });
  const temperature = fitTemperature(
    fitted.flatMap(({ head, measure }) => labelledLogits(head, examples(measure.filter((row) => plan.tune[row])))),
  );
  const similarityTemperature = fitSimilarityTemperature(
    servedHead,
    examples(spread(decisions.length, SIMILARITY_SAMPLE)),
  );
  const tempered = (head: ToolHead): ToolHead => ({ ...head, temperature, similarityTemperature });
  const noveltyFloor = percentile(known, 0.01);

  const judge = callJudge();
  const measured = fitted.flatMap(({ head, fold, measure }) => {
    const programs = plan.method === 'held-out' ? learnt.programs : learnt.heldOut[fold]!;
    const argumentPredictor = learner.compile(programs);
    return measureAnswers({
      decisions,
      rows: measure,
      answer: answerer({ head: tempered(head), argumentPredictor, noveltyFloor, judge }),
    });
  });
  // Where the arguments are not known there is no telling whether the call is the teacher's.
  const comparable = measured.filter(isComparable);
  const calibration = fitCallCalibration(
    comparable
      .filter(({ row, answer }) => plan.tune[row] && !answer.objection)
      .map(({ answer, agrees }) => ({ ...answer, agrees })),
  );
  const scored = comparable.map((one) => ({
    ...one,
    tool: one.answer.call.tool,
    agent: decisions[one.row]!.agent,
    confidence: one.answer.objection ? NaN : callConfidence(calibration, one.answer),
  }));
  const deciding = oneOfEach(
    scored.filter(({ row }) => !plan.tune[row]),
    ({ row }) => ({ key: canonicalJson(decisions[row]!.context), lot: hash32(decisions[row]!.id, options.seed) }),
  );
  const choosable = problem.classes.length > 1;
  const { guarantee, served, slices } = (choosable ? findGuarantee : noGuarantee)({
    deciding,
    tune: scored.filter(({ row }) => plan.tune[row]),
    target: options.target,
    confidence: options.confidence,
    policy: options.slices ?? 'reported',
    floors: {
      toolFloor: options.toolFloor ?? defaultToolFloor,
      ...(options.toolFloors && { toolFloors: options.toolFloors }),
    },
    kind: plan.method === 'held-out' ? 'ltt' : 'ltt-cross-fitted',
  });
  const card: StudentCard = {
    format: FORMAT,
    rows: decisions.length,
    tools: problem.classes.filter((name) => name !== null).length,
    seed: options.seed,
    guarantee,
    calibration: { method: plan.method, decisions: deciding.length, temperature },
    agreement: {
      tool: rate(measured.filter(({ sameTool }) => sameTool).length, measured.length),
      call: rate(scored.filter(({ agrees }) => agrees).length, scored.length),
      decisions: measured.length,
      calls: scored.length,
    },
    served,
    slices,
    configuration: { ...configuration } satisfies JsonObject,
  };
  const artifact = encodeStudent({
    head: tempered(servedHead),
    argumentPrograms: learner.encode(learnt.programs),
    calibration,
    noveltyFloor,
    card,
  });
  onProgress({ fraction: 1, step: 'done' });
  return { artifact, card };
}

const SIMILARITY_SAMPLE = 1000;
const METRICS_SAMPLE = 500;

function hasArguments({ call, knownArguments }: TaughtDecision): boolean {
  return call.parameters !== null || knownArguments !== undefined;
}

/** One of each: an answer that was logged twice is no second piece of evidence. Which one is drawn by lot: the first would
 *  hide a teacher who decided differently later. */
function oneOfEach<Item>(items: readonly Item[], drawn: (item: Item) => { key: string; lot: number }): Item[] {
  const chosen = new Map<string, { item: Item; lot: number }>();
  for (const item of items) {
    const { key, lot } = drawn(item);
    const known = chosen.get(key);
    if (!known || lot < known.lot) chosen.set(key, { item, lot });
  }
  return [...chosen.values()].map(({ item }) => item);
}

function* spread(length: number, size: number): Generator<number> {
  const stride = Math.max(1, Math.floor(length / size));
  for (let index = 0; index < length; index += stride) yield index;
}

function percentile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

function rate(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}
