import type { ToolDefinition } from '@retort/contracts';
import { canonicalCall, hash32, type Call, type JsonObject } from '@retort/kernel';

/** A decision to learn from: what was asked, and the call that was right. */
export interface Example {
  id: string;
  group: string | null;
  context: JsonObject;
  tools: readonly ToolDefinition[];
  call: Call;
}

/** Whether an answer is the recorded call, whole. */
export function isRight(example: Example, answer: Call | null): boolean {
  return answer !== null && canonicalCall(answer) === canonicalCall(example.call);
}

/** One part to make the prompt from, one to measure it on. Decisions of one session stay together; the same decisions
 *  always fall the same way. */
export function splitExamples(
  examples: readonly Example[],
  { validationShare, seed }: { validationShare: number; seed: number },
): { training: Example[]; validation: Example[] } {
  const held = ({ group, id }: Example) => hash32(group ?? id, seed) / 2 ** 32 < validationShare;
  return { training: examples.filter((example) => !held(example)), validation: examples.filter(held) };
}
