import { predict, predictBatch } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { AskStudent } from '../app/ports.ts';

/** The student of a model, as inference serves it. */
export function servedStudent(http: ServiceClient, model: string): AskStudent {
  return async ({ tenant, trace }, { agent, context, tools, isCounted }) => {
    const body = { model, agent_id: agent, context, tools_available: tools, fallback: 'none' as const };
    const client = http.as(tenant, trace);
    if (isCounted) return client.call(predict, { body });
    const { predictions } = await client.call(predictBatch, { body: { predictions: [body], counted: false } });
    return predictions[0]!;
  };
}
