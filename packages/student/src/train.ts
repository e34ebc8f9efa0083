import { canonicalJson, fault, hash32, type JsonObject } from '@retort/kernel';
import { fitTemperature, spentDelta, riskCoverage } from '@retort/statistics';
import { answerer } from './answer.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { FORMAT } from './artifact.ts';
import { planCalibration } from './calibration-plan.ts';
import { confidenceOf, fitRight, noveltyOf, weighTurn } from './confidence.ts';
import { configurationOf } from './configuration.ts';
import { defaultToolFloor, findGuarantee, noGuarantee, type Judged } from './guarantee.ts';
import { headProblem } from './head-problem.ts';
import { fitHead, labelledLogits, type EpochMetrics, type HeadExample } from './head/fit.ts';
import { SEVERAL_CALLS, type ToolHead } from './head/model.ts';
import { rememberToolsets } from './head/toolset.ts';
import { defaultRung, rungFor, rungsOf } from './ladder.ts';
import { isComparable, measureAnswers, oneOfEach } from './measure.ts';
import { byKind, calibrateNovelty, NOVELTY_PRIOR, noveltyCard, type AnsweredProxy } from './novelty/calibrate.ts';
import { toolGroups } from './novelty/groups.ts';
import { planLeftOut, textScaleOf } from './novelty/left-out.ts';
import { isTool, makeProxies } from './novelty/proxies.ts';
import { joinRequests } from './novelty/several.ts';
import { callJudge } from './schema-check.ts';
import { splitKey } from './split.ts';
import { encodeStudent } from './student-file.ts';
import { learnToolForms } from './tool-forms.ts';
import { toolMetrics } from './tool-metrics.ts';
import { turnCounts } from './turn-counts.ts';
import { headAnswer, turnOf } from './turns.ts';
import type { HeldOutTurn, OnProgress, StudentCard, TaughtDecision, TrainedStudent, TrainingOptions } from './types.ts';

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
  const { seed } = options;
  const configuration = configurationOf(options.configuration);
  const keys = decisions.map(splitKey);
  const turns = decisions.map(turnOf);
  const answers = turns.map(headAnswer);
  onProgress({ fraction: 0, step: 'reading features' });
  const plan = planCalibration(keys, configuration, seed, (row) => decisions[row]!.teachesOnly !== true);
  const severalTaught = answers.filter((answer) => answer === SEVERAL_CALLS).length >= FEWEST_SEVERAL;
  const joined = severalTaught ? [] : joinRequests(decisions, { answers, fold: plan.measuredBy, seed });
  const { problem, known } = headProblem(decisions, { answers, joined, served: plan.served }, configuration);
  const tools = [...new Set(answers.filter(isTool))];
  const groups = toolGroups(plan.method === 'none' || configuration.proxyRows === 0 ? [] : tools, seed);

  const leftOut = planLeftOut({ answers, joined, groups, served: plan.served, most: configuration.proxyRows, seed });
  const heads = plan.rounds.length + leftOut.length + (plan.method === 'held-out' ? 0 : 1);
  let step = 0;
  const fit = (order: Int32Array, name: string) => {
    const base = step++;
    const report = (fraction: number, metrics: EpochMetrics) =>
      onProgress({ fraction: 0.05 + (0.6 * (base + fraction)) / heads, step: `the tool: ${name}`, metrics });
    return fitHead(problem, order, { ...configuration, seed }, report);
  };
  const examples = (rows: Iterable<number>): HeadExample[] =>
    Array.from(rows, (row) => ({ ...decisions[row]!, tool: answers[row]! }));
  const joinedRows = (isLearnt: (fold: number) => boolean) =>
    joined.flatMap(({ fold }, index) => (isLearnt(fold) ? [decisions.length + index] : []));
  const fitted = plan.rounds.map((round, index) => {
    const name = plan.method === 'held-out' ? 'learning' : `cross-fitting ${index + 1} of ${plan.rounds.length}`;
    const head = fit(Int32Array.from([...round.train, ...joinedRows((fold) => !round.folds.includes(fold))]), name);
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
      : fit(Int32Array.from([...decisions.keys(), ...joinedRows(() => true)]), 'learning from all decisions');
  const without = leftOut.map((round, index) => ({
    ...round,
    head: fit(round.train, `without some tools, ${index + 1} of ${leftOut.length}`),
  }));
  onProgress({ fraction: 0.65, step: 'the arguments' });
  const taught = plan.served.filter((row) => hasArguments(decisions[row]!));
  const learnt = learner.learn(
    Array.from(taught, (row) => decisions[row]!),
    { seed, folds: { of: taught.map((row) => plan.fold[row]!), count: plan.folds } },
  );
  onProgress({ fraction: 0.9, step: 'calibrating' });
  const temperature = fitTemperature(
    fitted.flatMap(({ head, measure }) => labelledLogits(head, examples(measure.filter((row) => plan.tune[row])))),
  );
  const textScale = textScaleOf(without, { decisions, answers });
  const tempered = (head: ToolHead): ToolHead => ({ ...head, temperature, textScale });
  const noveltyFloor = FLOOR * percentile(known.subarray(0, decisions.length), 0.01);
  const knownOf = new Map(problem.contexts.map((context, row) => [context, known[row]!]));
  const toolForms = learnToolForms(Array.from(plan.served, (row) => decisions[row]!));
  const answererOf = (untempered: ToolHead) => {
    const head = tempered(untempered);
    const shared = {
      head,
      offeredBy: rememberToolsets(head),
      toolForms,
      noveltyFloor,
      severalTaught,
      judge: callJudge(),
    };
    return (programs: Programs) => answerer({ ...shared, argumentPredictor: learner.compile(programs) });
  };

  const proxies = makeProxies({
    decisions,
    answers,
    joined,
    groups,
    seed,
    fold: plan.measuredBy,
    measured: Int32Array.from(fitted.flatMap(({ measure }) => [...measure])),
  });
  const answered: AnsweredProxy[] = [];
  const tunes = (key: string) => hash32(key, seed + 0x5bd1) % 100 < TUNE_PERCENT;
  const answerProxies = (of: typeof proxies, answer: ReturnType<typeof answerer>) => {
    for (const proxy of of)
      answered.push({
        proxy,
        answer: answer(proxy.request, knownOf.get(proxy.request.context)),
        tune: tunes(canonicalJson(proxy.request.context)),
      });
  };
  const measured = fitted.flatMap(({ head, folds, measure }) => {
    const answererWith = answererOf(head);
    return folds.flatMap((fold) => {
      const answer = answererWith(plan.method === 'held-out' ? learnt.programs : learnt.heldOut[fold]!);
      answerProxies(
        proxies.filter(({ by }) => 'fold' in by && by.fold === fold),
        answer,
      );
      const rows = measure.filter((row) => plan.measuredBy[row] === fold);
      return measureAnswers({ decisions, turns, rows, known, answer });
    });
  });
  for (const { round, head } of without)
    answerProxies(
      proxies.filter(({ by }) => 'round' in by && by.round === round),
      answererOf(head)(learnt.programs),
    );

  // Where the arguments are not known there is no telling whether the turn is the teacher's.
  const comparable = measured.filter(isComparable);
  const tuned = comparable.filter(({ row, answer }) => plan.tune[row] && !answer.objection);
  const right = fitRight(tuned.map(({ answer, agrees }) => ({ ...answer, agrees })));
  const { calibration, scored: scoredProxies } = calibrateNovelty(
    right,
    tuned.filter(({ answer }) => answer.answer !== 'words').map(({ answer }) => answer),
    answered,
  );
  const weighed = measured.map((one) => ({ ...one, worth: weighTurn(calibration, one.answer) }));
  const judgedAt =
    (share: number) =>
    ({ row, answer, agrees, worth }: (typeof weighed)[number]): Judged & { row: number } => ({
      row,
      agrees: agrees === true,
      tool: answer.calls[0]?.tool ?? null,
      agent: decisions[row]!.agent,
      called: turns[row]!.calls.length > 0,
      // Words are the teacher's: a student has none to serve.
      confidence: answer.objection || answer.answer === 'words' ? NaN : confidenceOf(worth, share),
    });
  const judgeable = weighed.filter(isComparable);
  const tuning = judgeable.filter(({ row }) => plan.tune[row]);
  const decisive = oneOfEach(
    judgeable.filter(({ row }) => !plan.tune[row]),
    ({ row }) => ({ key: canonicalJson(decisions[row]!.context), lot: hash32(decisions[row]!.id, seed) }),
  );
  const partsOf = (share: number) => ({
    deciding: decisive.map(judgedAt(share)),
    tune: tuning.map(judgedAt(share)),
  });
  const proxiesOf = (tune: boolean, share: number) =>
    byKind(
      scoredProxies.filter((one) => one.tune === tune),
      share,
    );
  const delta =
    options.attempt === undefined ? 1 - options.confidence : spentDelta(1 - options.confidence, options.attempt);
  const choosable = tools.length + (answers.includes(null) ? 1 : 0) > 1;
  const rungs = rungsOf({
    samples: (share) => {
      const { deciding, tune } = partsOf(share);
      const known = (of: readonly Judged[]) => of.map(({ confidence, agrees }) => ({ confidence, wrong: !agrees }));
      return {
        deciding: { known: known(deciding), novel: proxiesOf(false, share) },
        tune: { known: known(tune), novel: proxiesOf(true, share) },
      };
    },
    target: options.target,
    delta,
  });
  const rung = options.novelShare === undefined ? defaultRung(rungs) : rungFor(rungs, options.novelShare);
  const { deciding, tune } = partsOf(rung.share);
  const { guarantee, served, slices, isServed } = (choosable ? findGuarantee : noGuarantee)({
    deciding,
    tune,
    rung,
    target: options.target,
    confidence: options.confidence,
    delta,
    policy: options.slices ?? 'reported',
    floors: {
      toolFloor: options.toolFloor ?? defaultToolFloor,
      ...(options.toolFloors && { toolFloors: options.toolFloors }),
    },
    kind: plan.method === 'held-out' ? 'ltt' : 'ltt-cross-fitted',
  });
  const novelties = judgeable.map(({ row, worth }) => ({
    novelty: noveltyOf(worth, NOVELTY_PRIOR),
    tune: plan.tune[row] === 1,
  }));
  const card: StudentCard = {
    format: FORMAT,
    rows: decisions.length,
    tools: tools.length,
    seed,
    guarantee,
    calibration: { method: plan.method, decisions: deciding.length, temperature },
    agreement: {
      tool: rate(measured.filter(({ sameTool }) => sameTool).length, measured.length),
      call: rate(comparable.filter(({ agrees }) => agrees).length, comparable.length),
      decisions: measured.length,
      calls: comparable.length,
    },
    served,
    turns: turnCounts(deciding, isServed),
    ladder: { share: rung.share, rungs: choosable ? rungs : [] },
    novelty: noveltyCard(novelties, scoredProxies, { threshold: guarantee.threshold, share: rung.share }),
    riskCoverage: riskCoverage(
      deciding.map(({ confidence, agrees }) => ({ confidence, wrong: !agrees })),
      { points: RISK_POINTS },
    ),
    slices,
    configuration: { ...configuration } satisfies JsonObject,
  };
  const artifact = encodeStudent({
    head: tempered(servedHead),
    argumentPrograms: learner.encode(learnt.programs),
    calibration,
    toolForms,
    noveltyFloor,
    severalTaught,
    card,
  });
  const decides = new Set(deciding.map(({ row }) => row));
  const heldOut = weighed.map((one): HeldOutTurn => {
    const judged = judgedAt(rung.share)(one);
    return {
      id: decisions[one.row]!.id,
      deciding: decides.has(one.row),
      teacher: turns[one.row]!.answer,
      student: one.answer.answer,
      sameTools: one.sameTool,
      agrees: one.agrees,
      confidence: Number.isNaN(judged.confidence) ? null : judged.confidence,
      served: isServed(judged),
    };
  });
  heldOut.sort((a, b) => (a.id < b.id ? -1 : 1));
  onProgress({ fraction: 1, step: 'done' });
  return { artifact, card, heldOut };
}

const METRICS_SAMPLE = 500;
/** What is known less than this part of what 99% of the decisions are is served at no confidence. Nearer to them the novelty score
 *  judges: where decisions are known about alike, a hair would tell. */
const FLOOR = 0.75;
const RISK_POINTS = 50;
const TUNE_PERCENT = 30;
/** From so many answers of several calls on they are an answer like another. */
const FEWEST_SEVERAL = 20;

function hasArguments({ call, knownArguments }: TaughtDecision): boolean {
  return call.parameters !== null || knownArguments !== undefined;
}

function rate(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

function percentile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
