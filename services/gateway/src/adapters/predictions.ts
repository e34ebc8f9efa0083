import { predict, predictBatch } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { AskStudent } from '../app/ports.ts';

/** The student of an agent's model, as inference serves it. */
export function servedStudent(http: ServiceClient, modelOf: (agent: string) => string): AskStudent {
  return async ({ tenant, trace }, { agent, session, context, tools, isCounted }) => {
    const body = {
      model: modelOf(agent),
      agent_id: agent,
      context,
      tools_available: tools,
      fallback: 'caller' as const,
      ...(session === undefined ? {} : { session }),
    };
    const client = http.as(tenant, trace);
    if (isCounted) return client.call(predict, { body });
    const { predictions } = await client.call(predictBatch, { body: { predictions: [body], counted: false } });
    return predictions[0]!;
  };
}
