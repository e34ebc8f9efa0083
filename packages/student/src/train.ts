import { canonicalCall, canonicalJson, fault, hash32, type JsonObject } from '@retort/kernel';
import { fitTemperature } from '@retort/statistics';
import { answerer, type Answer } from './answer.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { FORMAT } from './artifact.ts';
import { BLOCKS } from './features/buffer.ts';
import { callConfidence, fitCallCalibration } from './confidence.ts';
import { configurationOf, type Configuration } from './configuration.ts';
import { learnFeatures } from './features/matrix.ts';
import { englishWordVectors } from './features/word-vectors.ts';
import {
  fitHead,
  fitSimilarityTemperature,
  labelledLogits,
  type EpochMetrics,
  type HeadExample,
  type HeadProblem,
} from './head/fit.ts';
import type { ToolHead } from './head/model.ts';
import { padded } from './kernels/room.ts';
import { defaultToolFloor, findPromise, noPromise } from './promise.ts';
import { callCheck } from './schema-check.ts';
import { toolMetrics } from './tool-metrics.ts';
import { softTarget } from './soft-target.ts';
import { splitDecisions, splitKey } from './split.ts';
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
      status: 422,
      retriable: false,
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

  const mayBeMade = callCheck();
  const measured = fitted.flatMap(({ head, fold, measure }) => {
    const programs = plan.method === 'held-out' ? learnt.programs : learnt.heldOut[fold]!;
    const argumentPredictor = learner.compile(programs);
    return measureAnswers({
      decisions,
      rows: measure,
      answer: answerer({ head: tempered(head), argumentPredictor, noveltyFloor, mayBeMade }),
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
  const { guarantee, served, slices } = (choosable ? findPromise : noPromise)({
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

function headProblem(
  decisions: readonly TaughtDecision[],
  served: Int32Array,
  configuration: Configuration,
): { problem: HeadProblem; known: Float32Array } {
  const names = new Set(decisions.map(({ call }) => call.tool));
  const tools: (string | null | undefined)[] = decisions.map(() => undefined);
  for (const row of served) tools[row] = decisions[row]!.call.tool;
  const { space, rows, known } = learnFeatures(
    decisions.map(({ context }) => context),
    {
      minimumRows: configuration.minimumRows,
      maximumFeatures: Math.min(configuration.maximumFeatures, affordableFeatures(names.size, configuration)),
      blockWeights: BLOCKS.map((block) => configuration[`${block}Weight`]),
      tools,
      ...(configuration.meaningWeight > 0 && {
        meaning: { vectors: englishWordVectors(), weight: configuration.meaningWeight },
      }),
    },
  );
  const classes = [...names].sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1));
  const classOf = new Map(classes.map((name, index) => [name, index]));
  const offeredOf = new Map<TaughtDecision['tools'], ReadonlySet<number> | null>();
  const offered = decisions.map(({ tools, call }) => {
    let known = offeredOf.get(tools);
    if (known === undefined) {
      const present = new Set(tools.flatMap(({ name }) => classOf.get(name) ?? []));
      if (classOf.has(null)) present.add(classOf.get(null)!);
      known = present.size === classes.length ? null : present;
      offeredOf.set(tools, known);
    }
    return known === null ? null : Int32Array.from(new Set([...known, classOf.get(call.tool)!]));
  });
  const namesOf = (offeredClasses: Int32Array | null) =>
    offeredClasses === null ? classes : Array.from(offeredClasses, (index) => classes[index]!);
  return {
    problem: {
      space,
      rows,
      classes,
      labels: Int32Array.from(decisions, ({ call }) => classOf.get(call.tool)!),
      weights: Float32Array.from(decisions, ({ weight }) => weight ?? 1),
      offered,
      softTargets: decisions.map((decision, row) => softTarget(decision, namesOf(offered[row]!))),
    },
    known,
  };
}

/** So many features that an artifact stays below 50 MB, of which words’ vectors take five: by feature, a byte per weight,
 *  two scales, hash and idf. */
function affordableFeatures(tools: number, { hidden, networks }: Configuration): number {
  return Math.floor(41_000_000 / (padded(tools) + padded(hidden) * networks + 16));
}

interface CalibrationPlan {
  method: StudentCard['calibration']['method'];
  rounds: { fold: number; train: Int32Array; measure: Int32Array }[];
  /** What the served student learns from. */
  served: Int32Array;
  /** Fold of each decision. */
  fold: Int32Array;
  folds: number;
  tune: Uint8Array;
}

/** Many decisions: one fifth is held out, and the served student never sees it. Few: every fold is answered by a student
 *  that did not learn from it. Fewer than two sessions: nothing can be measured. */
function planCalibration(keys: readonly string[], configuration: Configuration, seed: number): CalibrationPlan {
  const distinct = new Set(keys).size;
  const folds = Math.max(2, Math.min(configuration.folds, distinct));
  const { fold, tune, heldOut } = splitDecisions(keys, { folds, seed });
  const rows = Int32Array.from(keys.keys());
  const plan = { fold, folds, tune };
  if (keys.length >= configuration.holdOutFrom) {
    const served = rows.filter((row) => heldOut[row] === 0);
    const measure = rows.filter((row) => heldOut[row] === 1);
    return { ...plan, method: 'held-out', rounds: [{ fold: -1, train: served, measure }], served };
  }
  const rounds = Array.from({ length: folds }, (_, index) => ({
    fold: index,
    train: rows.filter((row) => fold[row] !== index),
    measure: rows.filter((row) => fold[row] === index),
  })).filter(({ train, measure }) => train.length > 0 && measure.length > 0);
  return { ...plan, method: rounds.length === 0 ? 'none' : 'cross-fitted', rounds, served: rows };
}

interface Measured {
  row: number;
  answer: Answer;
  /** Whether the whole call is the teacher's; null where its arguments are not known. */
  agrees: boolean | null;
  sameTool: boolean;
}

function isComparable(measured: Measured): measured is Measured & { agrees: boolean } {
  return measured.agrees !== null;
}

function measureAnswers(question: {
  decisions: readonly TaughtDecision[];
  rows: Int32Array;
  answer: (request: TaughtDecision) => Answer;
}): Measured[] {
  return Array.from(question.rows, (row) => {
    const decision = question.decisions[row]!;
    const answer = question.answer(decision);
    return {
      row,
      answer,
      agrees: hasArguments(decision) ? canonicalCall(answer.call) === canonicalCall(decision.call) : null,
      sameTool: answer.call.tool === decision.call.tool,
    };
  });
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
