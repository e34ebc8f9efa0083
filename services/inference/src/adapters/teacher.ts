import { fault, isFault } from '@retort/kernel';
import { connectTeacher } from '@retort/llm';
import type { Teacher } from '../app/teacher.ts';
import type { Config } from '../config.ts';

/** The configured teacher; undefined when there is none. */
export function teacherOf(config: Config): Teacher | undefined {
  if (config.teacherBaseUrl === undefined) return undefined;
  const teacher = connectTeacher({
    baseUrl: config.teacherBaseUrl,
    apiKey: config.teacherApiKey ?? 'none',
    model: config.teacherModel ?? 'default',
    timeoutMs: config.teacherTimeoutMs,
    concurrency: config.teacherConcurrency,
    // The agent waits for this answer: one more try, not three.
    retries: 1,
  });
  return async (request) => {
    try {
      const { calls, model, usage } = await teacher.decide(request);
      return { calls: calls.filter(({ tool }) => tool !== null), model, ...usage };
    } catch (error) {
      throw fault('predictions.teacher-unavailable', {
        retryAfter: (isFault(error) ? error.detail.retryAfter : undefined) ?? 1,
        public:
          `The student left this decision to the teacher, and the teacher did not give one. ${isFault(error) ? error.detail.public : ''}`.trim(),
        cause: error,
      });
    }
  };
}
