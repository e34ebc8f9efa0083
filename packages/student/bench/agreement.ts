import { canonicalCall, type JsonObject } from '@retort/kernel';
import { loadStudent, trainStudent } from '../src/index.ts';
import { isPresent, readSet } from './data.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);

/** Trains on each set's `train` and measures on its `test`; one JSON line per set.
 *  `node --conditions=source --import tsx packages/student/bench/agreement.ts [set …] [--configuration JSON]` */
const flag = process.argv.indexOf('--configuration');
const configuration = flag < 0 ? {} : (JSON.parse(process.argv[flag + 1] ?? '{}') as JsonObject);
const named = process.argv.slice(2, flag < 0 ? undefined : flag);

for (const set of named.length > 0 ? named : ['banking77', 'hwu64', 'snips', 'sgd_agent']) {
  if (!isPresent(set)) {
    warn(`skipped ${set}: it is not there`);
    continue;
  }
  print(JSON.stringify(measure(set)));
}

function measure(set: string) {
  const { train, test } = readSet(set);
  const processor = process.cpuUsage().user;
  const started = performance.now();
  const { artifact, card } = trainStudent(train, { seed: 1, target: 0.93, confidence: 0.95, configuration });
  const trained = performance.now();
  const trainProcessor = (process.cpuUsage().user - processor) / 1e6;
  const student = loadStudent(artifact);
  const loaded = performance.now();
  const answers = test.map((decision) => ({ decision, answer: student.predict(decision) }));
  const agrees = ({ decision, answer }: (typeof answers)[number]) =>
    canonicalCall(answer.call) === canonicalCall(decision.call);
  const sameTool = ({ decision, answer }: (typeof answers)[number]) => answer.call.tool === decision.call.tool;
  const served = answers.filter(({ answer }) => answer.served);
  const durations = Float64Array.from(test, (decision) => {
    const before = performance.now();
    student.predict(decision);
    return performance.now() - before;
  }).sort();
  const total = durations.reduce((sum, duration) => sum + duration, 0);
  return {
    set,
    tool_agreement: answers.filter(sameTool).length / test.length,
    call_agreement: answers.filter(agrees).length / test.length,
    coverage: served.length / test.length,
    served_tool_agreement: served.filter(sameTool).length / served.length,
    served_call_agreement: served.filter(agrees).length / served.length,
    guarantee: card.guarantee,
    cross_fitted: card.agreement,
    temperature: card.calibration.temperature,
    train_seconds: (trained - started) / 1000,
    train_processor_seconds: trainProcessor,
    load_ms: loaded - trained,
    predictions_per_second: (1000 * test.length) / total,
    p50_us: 1000 * durations[durations.length >> 1]!,
    p99_us: 1000 * durations[Math.floor(durations.length * 0.99)]!,
    artifact_bytes: artifact.length,
  };
}
