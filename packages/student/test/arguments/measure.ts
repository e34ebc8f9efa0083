/** Measures argument agreement given the teacher's tool: `measure.ts SET [validation|test] [--errors N] [--rows N]`.
 *  `validation` holds a tenth of the sessions of the training split back; `test` is for the end. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseArgs } from 'node:util';
import type { ToolDefinition } from '@retort/contracts';
import { canonicalCall, hash32, type JsonObject } from '@retort/kernel';
import { compileArguments, crossFitArguments } from '../../src/arguments/index.ts';
import type { LabelledDecision } from '../../src/types.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);

const data = process.env.RETORT_DATA ?? new URL('../../../../../shared/data', import.meta.url).pathname;

function readDecisions(set: string, split: 'train' | 'test'): LabelledDecision[] | undefined {
  const file = `${data}/${set}/${split}.jsonl.gz`;
  if (!existsSync(file)) return undefined;
  const tools = JSON.parse(readFileSync(`${data}/${set}/tools.json`, 'utf8')) as ToolDefinition[];
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as {
        id: string;
        context: JsonObject;
        group?: string;
        tool_selected: string | null;
        tool_parameters: JsonObject;
      };
      const call = { tool: row.tool_selected, parameters: row.tool_parameters };
      return { id: row.id, ...(row.group ? { group: row.group } : {}), context: row.context, tools, call };
    });
}

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { errors: { type: 'string', default: '0' }, rows: { type: 'string' } },
  });
  const [set = 'snips', split = 'validation'] = positionals;
  const all = readDecisions(set, 'train');
  if (!all) {
    warn(`no data set ${set} in ${data}: nothing measured`);
    return;
  }
  const isHeld = (decision: LabelledDecision) => hash32(decision.group ?? decision.id) % 10 === 0;
  const training = (split === 'test' ? all : all.filter((decision) => !isHeld(decision))).slice(
    0,
    values.rows ? Number(values.rows) : undefined,
  );
  const held = split === 'test' ? readDecisions(set, 'test')! : all.filter(isHeld);
  const started = process.cpuUsage().user;
  const programs = crossFitArguments(training, { seed: 1 }).programs;
  const trained = process.cpuUsage().user;
  const predictor = compileArguments(programs);
  let right = 0;
  let complete = 0;
  let logLoss = 0;
  const bins = Array.from({ length: 10 }, () => ({ count: 0, right: 0, confidence: 0 }));
  const wrong: string[] = [];
  const calls = held.filter((decision) => decision.call.tool !== null);
  for (const decision of calls) {
    const predicted = predictor.predict(decision, decision.call.tool!);
    const same =
      canonicalCall({ tool: decision.call.tool, parameters: predicted.parameters }) === canonicalCall(decision.call);
    if (same) right++;
    else wrong.push(describe(decision, predicted.parameters));
    if (predicted.complete) complete++;
    const confidence = Math.min(0.999, Math.max(0.001, predicted.confidence));
    logLoss -= Math.log(same ? confidence : 1 - confidence);
    const bin = bins[Math.min(9, Math.floor(predicted.confidence * 10))]!;
    bin.count++;
    bin.right += same ? 1 : 0;
    bin.confidence += predicted.confidence;
  }
  for (const decision of calls) predictor.predict(decision, decision.call.tool!);
  const rounds = Math.ceil(5000 / calls.length);
  const before = process.cpuUsage().user;
  for (let round = 0; round < rounds; round++)
    for (const decision of calls) predictor.predict(decision, decision.call.tool!);
  const mean = (process.cpuUsage().user - before) / (rounds * calls.length);
  for (const error of sample(wrong, Number(values.errors))) print(error);
  const parameters = programs.tools.flatMap((tool) => tool.parameters);
  print(
    JSON.stringify({
      set,
      machine_slowness: machineSlowness(),
      split,
      decisions: calls.length,
      agreement: Number((right / calls.length).toFixed(4)),
      complete: Number((complete / calls.length).toFixed(4)),
      log_loss: Number((logLoss / calls.length).toFixed(4)),
      train_cpu_seconds: Number(((trained - started) / 1e6).toFixed(1)),
      mean_cpu_us: Number(mean.toFixed(1)),
      parameters: parameters.length,
      reliable: parameters.filter((parameter) => parameter.reliable).length,
      tagger_features: programs.tagger.keys.length,
      tagger_entries: programs.tagger.labels.length,
      choice_features: programs.choice.keys.length,
    }),
  );
  print(
    bins
      .map((bin) =>
        bin.count === 0
          ? '-'
          : `${(bin.confidence / bin.count).toFixed(2)}:${(bin.right / bin.count).toFixed(2)}(${bin.count})`,
      )
      .join(' '),
  );
}

/** How much slower this processor is now than an idle one: the figures above are to be divided by it. */
function machineSlowness(): number {
  const before = process.cpuUsage().user;
  let hash = 0;
  for (let index = 0; index < 1e8; index++) hash = Math.imul(hash ^ index, 16777619);
  return Number(((process.cpuUsage().user - before + (hash & 1)) / 140_000).toFixed(1));
}

function describe(decision: LabelledDecision, guessed: JsonObject): string {
  const truth = decision.call.parameters;
  const differing = [...new Set([...Object.keys(truth), ...Object.keys(guessed)])].filter(
    (key) => JSON.stringify(truth[key]) !== JSON.stringify(guessed[key]),
  );
  const differences = differing
    .map((key) => `${key}: ${JSON.stringify(truth[key])} not ${JSON.stringify(guessed[key])}`)
    .join('; ');
  const history = decision.context.history;
  const last = Array.isArray(history) ? JSON.stringify(history.at(-1) ?? null).slice(0, 200) : '';
  return `${decision.call.tool} | ${JSON.stringify(decision.context.query)} | ${last} ${JSON.stringify(decision.context.state ?? '')} | ${differences}`;
}

function sample(lines: readonly string[], count: number): readonly string[] {
  return lines
    .filter((_, index) => count > 0 && index % Math.max(1, Math.floor(lines.length / count)) === 0)
    .slice(0, count);
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
