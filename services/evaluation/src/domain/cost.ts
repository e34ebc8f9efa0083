import type { CostAnalysisRow, predictionUsage } from '@retort/contracts';
import type { z } from 'zod';
import { proportion } from './agreement.ts';

export interface Prices {
  currency: string;
  perMillionPromptTokens: number | undefined;
  perMillionCompletionTokens: number | undefined;
  /** Of a teacher call, where none was measured. */
  assumedPromptTokens: number;
  assumedCompletionTokens: number;
  /** Of an hour of a processor. */
  perProcessorHour?: number | undefined;
  /** Of a tool turn of the teacher that passed through the gateway that day; absent where none did. */
  measuredTokens?: { prompt: number; completion: number } | undefined;
  source?: 'configured' | 'default' | 'tenant' | undefined;
}

/** What a day's answers cost and spared. A call that the student answered would have cost what the teacher's own calls
 *  cost that day on average; where there were none, what the configuration assumes, and the row says which. Without
 *  prices nothing is claimed in money. */
export function costOf(usage: z.infer<typeof predictionUsage>, prices: Prices): CostAnalysisRow {
  const { student_calls: spared, teacher_calls: answered, caller_teacher_calls: ofCallers } = usage;
  const asked = answered + ofCallers;
  // What callers paid a teacher of their own is not counted here: a call of theirs cost what ours did.
  const measured =
    answered > 0 && usage.teacher_prompt_tokens > 0
      ? { prompt: usage.teacher_prompt_tokens / answered, completion: usage.teacher_completion_tokens / answered }
      : prices.measuredTokens;
  const promptTokens = measured?.prompt ?? prices.assumedPromptTokens;
  const completionTokens = measured?.completion ?? prices.assumedCompletionTokens;
  const { perMillionPromptTokens: prompt, perMillionCompletionTokens: completion } = prices;
  const counted = {
    ...usage,
    student_share: proportion(spared, spared + asked + usage.abstentions),
    teacher_calls_avoided: spared,
  };
  if (prompt === undefined || completion === undefined)
    return {
      ...counted,
      teacher_cost: null,
      audit_cost: null,
      student_cost: null,
      net: null,
      saved: null,
      price: null,
    };
  const priceOf = (read: number, written: number) => (read * prompt + written * completion) / 1e6;
  const perCall = priceOf(promptTokens, completionTokens);
  const auditCost = priceOf(usage.audit_prompt_tokens, usage.audit_completion_tokens);
  const { perProcessorHour } = prices;
  const studentCost = perProcessorHour === undefined ? null : (usage.student_seconds / 3600) * perProcessorHour;
  return {
    ...counted,
    teacher_cost: asked * perCall,
    audit_cost: auditCost,
    student_cost: studentCost,
    net: spared * perCall - auditCost - (studentCost ?? 0),
    saved: spared * perCall,
    price: {
      currency: prices.currency,
      per_million_prompt_tokens: prompt,
      per_million_completion_tokens: completion,
      prompt_tokens_per_call: promptTokens,
      completion_tokens_per_call: completionTokens,
      tokens: measured ? 'measured' : 'assumed',
      source: prices.source ?? 'configured',
    },
  };
}
