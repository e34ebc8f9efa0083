import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { canonicalCall, type JsonObject } from '@retort/kernel';
import type { ToolDefinition } from '@retort/contracts';
import { loadStudent, trainStudent, type LabelledDecision } from '../src/index.ts';

/** Trains on each set's `train` and measures on its `test`; one JSON line per set.
 *  `node --conditions=source --import tsx packages/student/bench/agreement.ts [set …] [--configuration JSON]` */
const data = new URL(process.env['RETORT_DATA'] ?? '../../../../shared/data/', import.meta.url);
const flag = process.argv.indexOf('--configuration');
const configuration = flag < 0 ? {} : (JSON.parse(process.argv[flag + 1] ?? '{}') as JsonObject);
const named = process.argv.slice(2, flag < 0 ? undefined : flag);

interface Row {
  id: string;
  group?: string;
  context: JsonObject;
  tool_selected: string | null;
  tool_parameters: JsonObject;
  tools_available?: ToolDefinition[];
}

for (const set of named.length > 0 ? named : ['banking77', 'hwu64', 'snips', 'sgd_agent']) {
  const folder = new URL(`${set}/`, data);
  if (!existsSync(folder)) {
    console.error(`skipped ${set}: ${folder.pathname} is not there`);
    continue;
  }
  console.log(JSON.stringify(measure(set, folder)));
}

function measure(set: string, folder: URL) {
  const tools = JSON.parse(readFileSync(new URL('tools.json', folder), 'utf8')) as ToolDefinition[];
  const read = (name: string): LabelledDecision[] =>
    gunzipSync(readFileSync(new URL(name, folder)))
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const row = JSON.parse(line) as Row;
        return {
          id: row.id,
          ...(row.group !== undefined && { group: row.group }),
          context: row.context,
          tools: row.tools_available ?? tools,
          call: { tool: row.tool_selected, parameters: row.tool_parameters },
        };
      });
  const train = read('train.jsonl.gz');
  const test = read('test.jsonl.gz');
  const started = performance.now();
  const { artifact, card } = trainStudent(train, { seed: 1, target: 0.93, confidence: 0.95, configuration });
  const trained = performance.now();
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
    load_ms: loaded - trained,
    predictions_per_second: (1000 * test.length) / total,
    p50_us: 1000 * durations[durations.length >> 1]!,
    p99_us: 1000 * durations[Math.floor(durations.length * 0.99)]!,
    artifact_bytes: artifact.length,
  };
}
