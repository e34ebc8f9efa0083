import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canonicalCall } from '@retort/kernel';
import { extract, extractCharacters, featureBuffer, loadStudent, type LabelledDecision } from '../src/index.ts';
import { decisionsOf, isPresent } from './data.ts';
import { measureFastText } from './fasttext.ts';

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
  const artifact = learn(set);
  const before = performance.now();
  const student = loadStudent(artifact);
  const loadMs = performance.now() - before;
  const { train, test } = decisionsOf(set);
  const rows = train.slice(0, values.rows === undefined ? undefined : Number(values.rows));
  const speed = timed(test, (decision) => student.predict(decision));
  const answers = test.map((decision) => ({ decision, call: student.predict(decision).call }));
  const figures = {
    data: set,
    rows: rows.length,
    tools: student.card.tools,
    artifact_mb: Math.round(artifact.length / 1e5) / 10,
    load_ms: Math.round(loadMs),
    rss_mb: Math.round(process.memoryUsage().rss / 2 ** 20),
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

/** The file of the student to be measured, learnt by another process. */
function learn(set: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'retort-bench-'));
  try {
    const script = fileURLToPath(new URL('learn.ts', import.meta.url));
    const file = join(folder, 'student');
    execFileSync(process.execPath, [...process.execArgv, script, set, values.rows ?? 'all', file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Features and one dot product. */
function bareRead(): (decision: LabelledDecision) => number {
  const buffer = featureBuffer();
  const weights = Float32Array.from({ length: 1 << 18 }, (_, index) => (index % 17) - 8);
  return ({ context }) => {
    extract(context, new Map(), buffer);
    extractCharacters(buffer);
    let sum = 0;
    for (let position = 0; position < buffer.length; position++)
      sum += weights[buffer.hashes[position]! & (weights.length - 1)]!;
    return sum;
  };
}

/** Warmed up for as long as compiling takes, then as many whole passes as the time allows; then every request is timed on
 *  its own. */
function timed(decisions: readonly LabelledDecision[], run: (decision: LabelledDecision) => unknown) {
  passesWithin(1_000);
  const started = performance.now();
  const passes = passesWithin(Number(values.seconds) * 1_000);
  const perSecond = (1000 * passes * decisions.length) / (performance.now() - started);
  const durations = Float64Array.from(decisions, (decision) => {
    const before = performance.now();
    run(decision);
    return (performance.now() - before) * 1000;
  }).sort();
  const at = (share: number) => Math.round(10 * durations[Math.floor(share * (durations.length - 1))]!) / 10;
  return { perSecond, p50: at(0.5), p99: at(0.99) };

  function passesWithin(milliseconds: number): number {
    const until = performance.now() + milliseconds;
    let passes = 0;
    do {
      for (const decision of decisions) run(decision);
      passes++;
    } while (performance.now() < until);
    return passes;
  }
}
