import type { ToolDefinition } from '@retort/contracts';
import type { Call, JsonObject } from '@retort/kernel';

interface TeacherAnswer {
  /** None where it answered in words. */
  calls: readonly Call[];
  /** The model that answered, as it calls itself. */
  model: string;
  promptTokens: number;
  completionTokens: number;
}
/** The expensive model.
 *  @throws `predictions.teacher-unavailable` (503) */
export type Teacher = (request: {
  context: JsonObject;
  tools: readonly ToolDefinition[];
  /** Whether it may make several calls in one answer. */
  parallelCalls?: boolean;
}) => Promise<TeacherAnswer>;
