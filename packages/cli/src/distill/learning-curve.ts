import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readDecisionFile } from '../decision-file.ts';
import { toolsetFile } from '../toolset-file.ts';
import { distill, type DistillOptions, type DistillPorts, type DistillReport } from './distill.ts';

/** What a student that learnt from so many rows does on the test rows. */
export type LearntFrom = Pick<DistillReport, 'train_rows' | 'call_agreement' | 'coverage' | 'served_call_agreement'>;

const everyNth = [8, 4, 2];

/** Students of every eighth, fourth and second row, each made and measured as the one of all rows. */
export async function learningCurve(
  options: DistillOptions,
  { progress, signal }: Pick<DistillPorts, 'progress' | 'signal'>,
): Promise<LearntFrom[]> {
  const tools = toolsetFile(options.tools, options.train);
  const folder = await mkdtemp(join(tmpdir(), 'retort-curve-'));
  try {
    const curve: LearntFrom[] = [];
    for (const nth of everyNth) {
      const train = join(folder, `every-${nth}.jsonl`);
      await pipeline(linesOf(options.train, nth), createWriteStream(train), { signal });
      const { report } = await distill(
        { train, test: options.test, target: options.target, ...(tools !== undefined && { tools }) },
        { progress, signal, badLines: { train: [], test: [] } },
      );
      const { train_rows, call_agreement, coverage, served_call_agreement } = report;
      curve.push({ train_rows, call_agreement, coverage, served_call_agreement });
    }
    return curve;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* linesOf(path: string, nth: number): AsyncGenerator<string> {
  let row = 0;
  // What cannot be used was told of the whole file.
  for await (const { decision } of readDecisionFile(path, () => undefined))
    if (row++ % nth === 0) yield `${JSON.stringify(decision)}\n`;
}
