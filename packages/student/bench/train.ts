import { parseArgs } from 'node:util';
import { extract, extractCharacters, featureBuffer, trainStudent } from '../src/index.ts';
import { generateDecisions } from './generated.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const usage = `Measures training on generated decisions: features, tool, arguments, calibration and threshold, on one core.

  --rows N    decisions (default 100000)
  --tools N   tools, at most 152 (default 60)
  --json      one JSON object on the last line

The ceiling, of the same run: reading every decision's features once. No training can be faster than one reading.`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    tools: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) print(usage);
else measure();

function measure(): void {
  const decisions = generateDecisions({ rows: Number(values.rows), tools: Number(values.tools), seed: 1 });
  const buffer = featureBuffer();
  const reading = performance.now();
  for (const { context } of decisions) {
    extract(context, new Map(), buffer);
    extractCharacters(buffer);
  }
  const ceilingSeconds = (performance.now() - reading) / 1000;
  const started = performance.now();
  let step = '';
  const { card, artifact } = trainStudent(decisions, { seed: 1, target: 0.93, confidence: 0.95 }, (progress) => {
    if (values.json || progress.step === step) return;
    step = progress.step;
    print(`${((performance.now() - started) / 1000).toFixed(1)} s: ${step}`);
  });
  const seconds = (performance.now() - started) / 1000;
  const result = {
    rows: card.rows,
    tools: card.tools,
    seconds,
    rows_per_second: card.rows / seconds,
    // maxRSS is in kilobytes.
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ceiling_seconds: ceilingSeconds,
    ratio: ceilingSeconds / seconds,
    call_agreement: card.agreement.call,
    coverage: card.served.coverage,
    artifact_bytes: artifact.length,
  };
  if (values.json) print(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) print(`${name}: ${JSON.stringify(value)}`);
}
