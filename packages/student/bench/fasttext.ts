import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContext, type LabelledDecision } from '../src/index.ts';

export interface FastTextFigures {
  tool_agreement: number;
  predictions_per_second: number;
  train_seconds: number;
}

const training = '-wordNgrams 2 -minn 3 -maxn 5 -epoch 25 -lr 0.5 -dim 100 -bucket 200000 -thread 1 -verbose 0';

/** The same decisions through the `fasttext` command, by their text alone; `undefined` where it is not installed. The time
 *  to load its model is measured with one request and taken off. */
export function measureFastText(
  train: readonly LabelledDecision[],
  test: readonly LabelledDecision[],
): FastTextFigures | undefined {
  if (spawnSync('fasttext', [], { stdio: 'ignore' }).error) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'retort-fasttext-'));
  try {
    const file = (name: string) => join(folder, name);
    writeFileSync(file('train'), train.map((row) => `__label__${labelOf(row)} ${textOf(row)}\n`).join(''));
    writeFileSync(file('test'), test.map((row) => `${textOf(row)}\n`).join(''));
    writeFileSync(file('one'), `${textOf(test[0]!)}\n`);
    const { seconds: trainSeconds } = run(
      'supervised',
      '-input',
      file('train'),
      '-output',
      file('model'),
      ...training.split(' '),
    );
    const { seconds: loading } = run('predict', file('model.bin'), file('one'));
    const { seconds, output } = run('predict', file('model.bin'), file('test'));
    const answers = output.trimEnd().split('\n');
    const agreed = test.filter((row, index) => answers[index] === `__label__${labelOf(row)}`).length;
    return {
      tool_agreement: agreed / test.length,
      predictions_per_second: Math.round(test.length / Math.max(1e-3, seconds - loading)),
      train_seconds: trainSeconds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(...args: string[]): { seconds: number; output: string } {
  const started = performance.now();
  const { stdout, status } = spawnSync('fasttext', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`fasttext ${args[0]!} ended with code ${status}`);
  return { seconds: (performance.now() - started) / 1000, output: stdout };
}

function labelOf({ call }: LabelledDecision): string {
  return (call.tool ?? 'none').replace(/\s/g, '_');
}

function textOf({ context }: LabelledDecision): string {
  return readContext(context).text.toLowerCase().replace(/\s+/g, ' ');
}
