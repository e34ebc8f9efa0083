import { getServing, predictBatch } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { StudentsOf } from '../app/students.ts';

const timeoutMs = 120_000;

/** The students that inference serves. */
export function servedStudents(http: ServiceClient): StudentsOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    return {
      serving: async () => (await client.call(getServing)).data,
      async propose(predictions, { signal, novelShare }) {
        const body = { counted: false, predictions, ...(novelShare !== undefined && { novel_share: novelShare }) };
        return (await client.call(predictBatch, { body, signal, timeoutMs })).predictions;
      },
    };
  };
}
