import { parseArgs } from 'node:util';
import { canonicalCall } from '@retort/kernel';
import { extract, featureBuffer, loadStudent, trainStudent, type LabelledDecision } from '../src/index.ts';
import { isPresent, readSet } from './data.ts';
import { measureFastText } from './fasttext.ts';
import { generateDecisions } from './generated.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const usage = `Measures whole calls (tool, arguments, confidence, schema) predicted per second, in process, on one core.

  --data SET    banking77, hwu64, snips, sgd_agent, or a folder with train.jsonl.gz and test.jsonl.gz
                (default: snips where the shared data is, else generated decisions)
  --rows N      learn from the first N decisions only
  --seconds S   measure for about S seconds (default 3)
  --json        one JSON object on the last line

The ceiling, of the same run: extracting the request's features and one dot product over them, nothing else.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    rows: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) print(usage);
else measure();

function measure(): void {
  const set = values.data ?? (isPresent('snips') ? 'snips' : 'generated');
  const { train, test } = set === 'generated' ? generated() : readSet(set);
  const rows = train.slice(0, values.rows === undefined ? undefined : Number(values.rows));
  const { artifact, card } = trainStudent(rows, { seed: 1, target: 0.93, confidence: 0.95 });
  const before = performance.now();
  const student = loadStudent(artifact);
  const loadMs = performance.now() - before;
  const speed = timed(test, (decision) => student.predict(decision));
  const answers = test.map((decision) => ({ decision, call: student.predict(decision).call }));
  const figures = {
    data: set,
    rows: rows.length,
    tools: card.tools,
    artifact_mb: Math.round(artifact.length / 1e5) / 10,
    load_ms: Math.round(loadMs),
    predictions_per_second: Math.round(speed.perSecond),
    p50_us: speed.p50,
    p99_us: speed.p99,
    tool_agreement: answers.filter(({ decision, call }) => call.tool === decision.call.tool).length / test.length,
    call_agreement:
      answers.filter(({ decision, call }) => canonicalCall(call) === canonicalCall(decision.call)).length / test.length,
    ceiling_predictions_per_second: Math.round(timed(test, bareRead()).perSecond),
  };
  const ratio = figures.predictions_per_second / figures.ceiling_predictions_per_second;
  const fasttext = measureFastText(rows, test);
  const result = { ...figures, ratio, ...(fasttext && { fasttext }) };
  if (values.json) print(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) print(`${name}: ${JSON.stringify(value)}`);
}

function generated(): { train: LabelledDecision[]; test: LabelledDecision[] } {
  const all = generateDecisions({ rows: 6000, tools: 60, seed: 1 });
  return { train: all.slice(0, 5000), test: all.slice(5000) };
}

/** Features and one dot product. */
function bareRead(): (decision: LabelledDecision) => number {
  const buffer = featureBuffer();
  const weights = Float32Array.from({ length: 1 << 18 }, (_, index) => (index % 17) - 8);
  return ({ context }) => {
    extract(context, new Map(), buffer);
    let sum = 0;
    for (let position = 0; position < buffer.length; position++)
      sum += weights[buffer.hashes[position]! & (weights.length - 1)]!;
    return sum;
  };
}

/** One warm-up pass, then as many whole passes as the time allows; every request is timed on its own. */
function timed(decisions: readonly LabelledDecision[], run: (decision: LabelledDecision) => unknown) {
  const pass = () => Array.from(decisions, (decision) => run(decision));
  pass();
  const started = performance.now();
  let passes = 0;
  do {
    pass();
    passes++;
  } while (performance.now() - started < Number(values.seconds) * 1000);
  const perSecond = (1000 * passes * decisions.length) / (performance.now() - started);
  const durations = Float64Array.from(decisions, (decision) => {
    const before = performance.now();
    run(decision);
    return (performance.now() - before) * 1000;
  }).sort();
  const at = (share: number) => Math.round(10 * durations[Math.floor(share * (durations.length - 1))]!) / 10;
  return { perSecond, p50: at(0.5), p99: at(0.99) };
}
