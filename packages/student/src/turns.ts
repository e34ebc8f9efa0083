import { canonicalCall, type RecordedCall } from '@retort/kernel';
import { SEVERAL_CALLS } from './head/model.ts';
import type { AnswerKind, TaughtDecision } from './types.ts';

/** One answer of the teacher. */
export interface Turn {
  answer: AnswerKind;
  /** None for words. */
  calls: readonly RecordedCall[];
}

/** A turn is words where the teacher called nothing, whatever else is recorded of it. */
export function turnOf({ call, toolCalls, answer }: Pick<TaughtDecision, 'call' | 'toolCalls' | 'answer'>): Turn {
  const calls = (toolCalls ?? [call]).filter(({ tool }) => tool !== null);
  if (answer === 'words' || calls.length === 0) return { answer: 'words', calls: [] };
  return { answer: calls.length === 1 ? 'call' : 'calls', calls };
}

/** Two turns agree when, and only when, these are equal: the order of calls that are made together means nothing.
 *  Null where some arguments are not known. */
export function canonicalTurn(calls: readonly RecordedCall[]): string | null {
  if (calls.some(({ parameters }) => parameters === null)) return null;
  return JSON.stringify(calls.map(canonicalCall).sort());
}

/** What a tool head answers to a turn. */
export function headAnswer({ calls }: Turn): string | null {
  return calls.length > 1 ? SEVERAL_CALLS : (calls[0]?.tool ?? null);
}

/** Whether two turns call the same tools, as often each. */
export function sameTools(a: readonly RecordedCall[], b: readonly RecordedCall[]): boolean {
  const names = (calls: readonly RecordedCall[]) => JSON.stringify(calls.map(({ tool }) => tool).sort());
  return names(a) === names(b);
}
