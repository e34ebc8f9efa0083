import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { digestOf } from '@retort/kernel';
import type { DecisionLine } from '../decision-file.ts';
import { importLog, type ImportOptions, type ImportPorts, type ImportReport } from '../import/import.ts';

/** A log as files of decisions, and what it says of the traffic. */
export interface SplitLog {
  train: string;
  test: string;
  read: ImportReport;
  traffic: Traffic;
}

/** The turns of a log that made a call: those that a student could answer. */
export interface Traffic {
  tool_turns: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** From the first decision to the last; null where the log has no times, or less than a day. */
  days: number | null;
}

/** One session in five is measured on. All turns of a session are on one side: a student is not tested on what it saw. */
const testShare = 5;
const shortestDays = 1;

/** Reads a log of another tool and writes its decisions into two files, by session. */
export async function splitLog(
  options: ImportOptions,
  folder: string,
  ports: Omit<ImportPorts, 'api' | 'onDecision'>,
): Promise<SplitLog> {
  const paths = { train: join(folder, 'train.jsonl'), test: join(folder, 'test.jsonl') };
  const files = { train: createWriteStream(paths.train), test: createWriteStream(paths.test) };
  const traffic = { tool_turns: 0, prompt_tokens: 0, completion_tokens: 0 };
  let first = Infinity;
  let last = -Infinity;
  const read = await importLog(options, {
    ...ports,
    api: null,
    async onDecision({ decision }) {
      const at = Date.parse(String(decision['timestamp']));
      if (!Number.isNaN(at)) [first, last] = [Math.min(first, at), Math.max(last, at)];
      if (decision['answer'] !== 'words') count(traffic, decision);
      await write(files[isForTest(decision) ? 'test' : 'train'], `${JSON.stringify(decision)}\n`);
    },
  });
  await Promise.all(Object.values(files).map((file) => once(file.end(), 'finish')));
  const days = (last - first) / 86_400_000;
  return { ...paths, read, traffic: { ...traffic, days: days >= shortestDays ? days : null } };
}

function isForTest(decision: DecisionLine['decision']): boolean {
  const digest = digestOf(String(decision['group'] ?? decision.id));
  return Number.parseInt(digest.slice(-8), 16) % testShare === 0;
}

function count(traffic: Omit<Traffic, 'days'>, { exchange }: DecisionLine['decision']): void {
  const { prompt_tokens = 0, completion_tokens = 0 } = (exchange ?? {}) as Partial<Traffic>;
  traffic.tool_turns += 1;
  traffic.prompt_tokens += prompt_tokens;
  traffic.completion_tokens += completion_tokens;
}

async function write(file: WriteStream, text: string): Promise<void> {
  if (!file.write(text)) await once(file, 'drain');
}

/** What a call of the teacher costs, per million tokens. */
export interface Prices {
  input: number;
  output: number;
  currency: string;
}

/** What a student would spare, a month; over the whole log where that does not say how long it took. */
export interface Saving {
  /** Of the tool turns, those that the student serves. */
  share: number;
  calls: number;
  tokens: number;
  /** null without prices, or where the log tells no tokens. */
  cost: number | null;
  currency: string | null;
  per: 'month' | 'log';
}

const daysOfMonth = 365.25 / 12;

export function savingOf(traffic: Traffic, coverage: number, prices: Prices | null): Saving {
  const share = coverage * (traffic.days === null ? 1 : daysOfMonth / traffic.days);
  const { prompt_tokens: read, completion_tokens: written } = traffic;
  const priced = prices !== null && read + written > 0;
  return {
    share: coverage,
    calls: Math.round(traffic.tool_turns * share),
    tokens: Math.round((read + written) * share),
    cost: priced ? ((read * prices.input + written * prices.output) / 1e6) * share : null,
    currency: priced ? prices.currency : null,
    per: traffic.days === null ? 'log' : 'month',
  };
}
