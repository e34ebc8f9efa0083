import { pointersOf, predictionBatchInput, predictionInput } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { z } from 'zod';

type Checked<Value> = { value: Value } | { error: Error };

const modelName = 'tool-calling';

/** What a prediction needs to be told apart from nonsense. The body was parsed from JSON already, so a context that is
 *  an object holds nothing but JSON: walking it again would cost more than the prediction. The tools offered are checked
 *  where their toolset is met for the first time. */
export function checkPrediction(body: unknown): Checked<z.output<typeof predictionInput>> {
  const quick = quickPrediction(body);
  if (quick) return { value: quick };
  const full = predictionInput.safeParse(body);
  return full.success ? { value: full.data } : refuse(full.error, predictionInput);
}

export function checkBatch(body: unknown): Checked<z.output<typeof predictionBatchInput>> {
  const { predictions, counted = true, novel_share, ...unknown } = (body ?? {}) as Record<string, unknown>;
  if (
    Array.isArray(predictions) &&
    predictions.length > 0 &&
    predictions.length <= 1000 &&
    typeof counted === 'boolean' &&
    (novel_share === undefined || isShare(novel_share)) &&
    Object.keys(unknown).length === 0
  ) {
    const quick = predictions.map(quickPrediction);
    if (quick.every((prediction) => prediction !== null))
      return { value: { predictions: quick, counted, novel_share } };
  }
  const full = predictionBatchInput.safeParse(body);
  return full.success ? { value: full.data } : refuse(full.error, predictionBatchInput);
}

const members = new Set(Object.keys(predictionInput.shape));

function quickPrediction(body: unknown): z.output<typeof predictionInput> | null {
  if (!isObject(body)) return null;
  for (const member in body) if (!members.has(member)) return null;
  const { id, model = modelName, model_version, agent_id, session, context } = body;
  const { tools_available, toolset, fallback = 'teacher', no_tool = 'teacher' } = body;
  const valid =
    isObject(context) &&
    isText(model, 128) &&
    (id === undefined || isText(id, 256)) &&
    (model_version === undefined || isText(model_version, 128)) &&
    (agent_id === undefined || isText(agent_id, 128)) &&
    (session === undefined || isText(session, 256)) &&
    (toolset === undefined || (isText(toolset, 128) && toolset.length > 0)) &&
    (tools_available === undefined || Array.isArray(tools_available)) &&
    (fallback === 'teacher' || fallback === 'caller' || fallback === 'none') &&
    (no_tool === 'teacher' || no_tool === 'accept');
  if (!valid) return null;
  const offered = { tools_available, toolset };
  return { id, model, model_version, agent_id, session, context, ...offered, fallback, no_tool } as z.output<
    typeof predictionInput
  >;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;

function refuse(violation: z.ZodError, schema: z.ZodType): { error: Error } {
  const errors = pointersOf(violation, schema);
  return { error: fault('request.invalid-body', { public: 'The body does not satisfy its schema.', errors }) };
}
