import { labelledLogits, type HeadExample } from './head/fit.ts';
import type { ToolHead } from './head/model.ts';

/** How a tool head does on decisions it has not learnt from: what to watch while the rest is still being learnt. */
export function toolMetrics(head: ToolHead, examples: readonly HeadExample[]): Record<string, number> {
  const answered = labelledLogits(head, examples);
  if (answered.length === 0) return {};
  let right = 0;
  let loss = 0;
  for (const { logits, label } of answered) {
    const highest = logits.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
    if (logits[label] === highest) right++;
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
    loss += Math.log(total) - (logits[label]! - highest);
  }
  return { fold_tool_agreement: right / answered.length, fold_loss: loss / answered.length };
}
