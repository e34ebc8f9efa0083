import { connectTeacher, type Teacher } from '@retort/llm';
import type { Config } from '../config.ts';

/** The configured teacher, where the trainer may ask it; null otherwise. */
export function teacherOf(config: Config): Teacher | null {
  if (config.teacherBaseUrl === undefined || config.teacherCalls === 0) return null;
  return connectTeacher({
    baseUrl: config.teacherBaseUrl,
    apiKey: config.teacherApiKey ?? 'none',
    model: config.teacherModel ?? 'default',
  });
}
