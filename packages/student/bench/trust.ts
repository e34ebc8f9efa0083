import { parseArgs } from 'node:util';
import { canonicalCall } from '@retort/kernel';
import { createTraffic } from '@retort/simulator';
import { binomialCdf } from '@retort/statistics';
import {
  loadStudent,
  trainStudent,
  type LabelledDecision,
  type PredictionRequest,
  type Student,
} from '../src/index.ts';
import { isPresent, readSet } from './data.ts';
import { nearestText } from './nearest-text.ts';
import { changes, trialOf, type Change, type Trial } from './trust-changes.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const usage = `Measures whether a student keeps its guarantee when requests are not what training was.

Tools are removed from each set before training. Their requests, and test requests changed otherwise, are mixed into the
unchanged test requests at shares of 0, 5, 10 and 20%; the student serves by the ladder's rung for that share. Whatever it
serves of a changed request is wrong.

  --sets A,B    of banking77, hwu64, snips, sgd_agent, simulator (default: those that are there)
  --rows N      learn from the first N decisions of each only
  --json        one JSON object on the last line: rows of {set, change, share, target, coverage, served_agreement, served,
                wrong, rung, kept}, known (tool turns served by share), cold (of requests to removed tools, that are on
                offer among the others: how many the student, and the nearest text, choose the right tool for) and kept_all`;

const shares = [0, 0.05, 0.1, 0.2];
const target = 0.93;
/** Decisions that the simulator makes. */
const simulated = 14_000;
/** A cell is kept unless so many wrong answers would be had by chance, at the target, in fewer than this share of cases. */
const allowance = 0.05;

const { values } = parseArgs({
  options: {
    sets: { type: 'string' },
    rows: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) print(usage);
else measure();

function measure(): void {
  const all = ['banking77', 'hwu64', 'snips', 'sgd_agent', 'simulator'];
  const sets = values.sets?.split(',') ?? all.filter((set) => set === 'simulator' || isPresent(set));
  const results = sets.map((set) => ({ set, ...trust(set) }));
  const rows = results.flatMap(({ set, cells }) => cells.map((cell) => ({ set, ...cell })));
  const known = results.map(({ set, known }) => ({ set, ...known }));
  const cold = results.map(({ set, cold }) => ({ set, ...cold }));
  const result = { rows, known, cold, kept_all: rows.every(({ kept }) => kept) };
  if (values.json) print(JSON.stringify(result));
  else {
    for (const row of [...rows, ...known, ...cold]) print(JSON.stringify(row));
    print(`kept everywhere: ${result.kept_all}`);
  }
}

function trust(set: string) {
  const trial = trialOf(decisionsOf(set), strangersTo(set));
  const train = trial.train.slice(0, values.rows === undefined ? undefined : Number(values.rows));
  const student = loadStudent(trainStudent(train, { seed: 1, target, confidence: 0.95 }).artifact);
  return {
    cells: changes.flatMap((change) => shares.map((share) => cellOf(student, trial, { change, share }))),
    known: knownOf(student, trial),
    cold: coldOf(student, trial),
  };
}

interface Cell {
  change: Change;
  share: number;
  target: number;
  /** Of the unchanged turns with a call. */
  coverage: number;
  served_agreement: number | null;
  served: number;
  wrong: number;
  /** ρ of the rung. */
  rung: number;
  kept: boolean;
  /** Of the changed requests, so many were asked and served. */
  changed: number;
  changed_served: number;
}

function cellOf(student: Student, trial: Trial, { change, share }: { change: Change; share: number }): Cell {
  const rung = student.card.ladder.rungs.find((one) => one.share >= share)!;
  const { known, changed } = mix(trial, { change, share });
  const answers = known.map((decision) => ({ decision, answer: student.predict(decision, { share: rung.share }) }));
  const served = answers.filter(({ answer }) => answer.served);
  const called = answers.filter(({ decision }) => decision.call.tool !== null);
  const wrong = served.filter(({ decision, answer }) => canonicalCall(answer.call) !== canonicalCall(decision.call));
  const changedServed = changed.filter((request) => student.predict(request, { share: rung.share }).served).length;
  const [all, bad] = [served.length + changedServed, wrong.length + changedServed];
  return {
    change,
    share,
    target,
    coverage: rounded(called.filter(({ answer }) => answer.served).length / Math.max(1, called.length)),
    served_agreement: all === 0 ? null : rounded(1 - bad / all),
    served: all,
    wrong: bad,
    rung: rung.share,
    kept: bad === 0 || 1 - binomialCdf(bad - 1, all, 1 - target) >= allowance,
    changed: changed.length,
    changed_served: changedServed,
  };
}

/** All unchanged requests and as many changed ones as make the share, or fewer of both where there are not enough. */
function mix(trial: Trial, { change, share }: { change: Change; share: number }) {
  const pool = trial.changed[change];
  const wanted = Math.round((trial.known.length * share) / (1 - share));
  if (share === 0) return { known: trial.known, changed: [] };
  const changed = evenly(pool, Math.min(wanted, pool.length));
  return { known: evenly(trial.known, Math.round((changed.length * (1 - share)) / share)), changed };
}

function evenly<Item>(items: readonly Item[], count: number): Item[] {
  const taken = Math.min(count, items.length);
  return Array.from({ length: taken }, (_, index) => items[Math.floor((index * items.length) / taken)]!);
}

/** How much of the unchanged traffic each rung serves. */
function knownOf(student: Student, { known }: Trial) {
  const called = known.filter(({ call }) => call.tool !== null);
  const coverage = shares.map((share) => {
    const { share: rung } = student.card.ladder.rungs.find((one) => one.share >= share)!;
    return rounded(called.filter((one) => student.predict(one, { share: rung }).served).length / called.length);
  });
  return { known: called.length, shares, coverage };
}

/** Which tool is chosen, served or not, where the right one was never seen. */
function coldOf(student: Student, { strangers }: Trial) {
  const nearest = new Map<PredictionRequest['tools'], ReturnType<typeof nearestText>>();
  const textOf = ({ tools, context }: LabelledDecision) => {
    const choose = nearest.get(tools) ?? nearestText(tools);
    nearest.set(tools, choose);
    return choose(context);
  };
  const rate = (choose: (row: LabelledDecision) => string | null | undefined) =>
    rounded(strangers.filter((row) => choose(row) === row.call.tool).length / Math.max(1, strangers.length));
  return {
    requests: strangers.length,
    tool_agreement: rate((row) => student.predict(row).call.tool),
    nearest_text: rate(textOf),
  };
}

function decisionsOf(set: string): { train: LabelledDecision[]; test: LabelledDecision[] } {
  if (set !== 'simulator') return readSet(set);
  const traffic = createTraffic({ seed: 'trust' });
  const rows = Array.from({ length: simulated }, (): LabelledDecision => {
    const { id, agentId, group, context, tools, truth } = traffic.next();
    return { id, group, agent: agentId, context, tools, call: truth };
  });
  const trained = 0.8 * simulated;
  const seen = new Set(rows.slice(0, trained).map(({ group }) => group));
  return { train: rows.slice(0, trained), test: rows.slice(trained).filter(({ group }) => !seen.has(group!)) };
}

/** Requests of another agent, with its tools. */
function strangersTo(set: string): PredictionRequest[] {
  const other = ['sgd_agent', 'snips', 'banking77'].find((name) => name !== set && isPresent(name));
  return (other ? readSet(other).test : decisionsOf('simulator').test).slice(0, 900);
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
