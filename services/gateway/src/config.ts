import { secret, teacherSettings } from '@retort/service-kit';
import { z } from 'zod';
import type { Upstream } from './domain/upstreams.ts';

/** A provider behind the gateway: any OpenAI-compatible endpoint. */
const upstream = z.strictObject({
  /** `…/v1` */
  baseUrl: z.url(),
  /** Sent instead of the caller's Authorization, which then stays here. */
  apiKey: z.string().min(1).optional(),
  /** The models it takes; `*` at the end stands for the rest of a name. */
  models: z.array(z.string().min(1)).min(1).default(['*']),
  /** Its share of the calls, among those that take the model. */
  weight: z.number().positive().default(1),
  /** Asked only when none of the others answers. */
  fallback: z.boolean().default(false),
});

/** Who answers when the teacher does not: nobody, or the student although it does not guarantee its answer. */
const whenTeacherIsDown = z.enum(['error', 'student']);

export const config = z.object({
  ...teacherSettings,
  /** JSON of name → provider. When absent, `teacherBaseUrl` is the only one. */
  upstreams: secret(z.record(z.string().regex(/^[a-z0-9-]{1,64}$/), upstream)).default({}),
  /** Until the head of an answer is there, and between two pieces of it. */
  upstreamTimeoutMs: z.int().positive().default(600_000),
  /** Until a connection is open. */
  connectTimeoutMs: z.int().positive().default(10_000),
  /** Further attempts at the same upstream when it could not be reached, or answered 502, 503 or 504. */
  upstreamRetries: z.int().min(0).max(5).default(1),
  /** Calls under way at one upstream. */
  upstreamConcurrency: z.int().positive().default(1_000),
  /** Failures in a row after which an upstream is left alone for a while. */
  breakerFailures: z.int().positive().default(5),
  /** How long it is left alone. */
  breakerPauseMs: z.int().positive().default(10_000),
  /** Which requests that are the same, byte for byte, and under way at the same time the teacher is asked for once: those whose
   *  answer does not depend on chance (`temperature` 0, or a `seed`), `all`, or `none`. Streams are asked for each. */
  coalesce: z.enum(['none', 'deterministic', 'all']).default('deterministic'),
  /** How long a whole answer of the teacher is given again to the same request of the same account. 0: not at all. */
  cacheTtlMs: z.int().nonnegative().default(0),
  /** Bytes of answers that are kept for it, in the memory of this process. */
  cacheBytes: z
    .int()
    .positive()
    .default(64 * 1_048_576),
  /** The model that answers for the teacher. */
  student: z.string().default('tool-calling'),
  /** JSON of agent → another model. */
  studentsByAgent: z.record(z.string(), z.string()).default({}),
  /** Who may answer where a request does not say. */
  mode: z.enum(['student-first', 'teacher-only', 'shadow']).default('student-first'),
  /** The agent of a request that names none. */
  defaultAgent: z.string().default('agent'),
  /** JSON of key id → agent. */
  agentsByKey: z.record(z.string(), z.string()).default({}),
  /** Who answers when the teacher does not: nobody, or the student although it does not guarantee its answer. */
  whenTeacherIsDown: whenTeacherIsDown.default('error'),
  /** JSON of agent → the same. */
  whenTeacherIsDownByAgent: z.record(z.string(), whenTeacherIsDown).default({}),
  /** Largest request body in bytes. */
  largestBody: z
    .int()
    .positive()
    .default(32 * 1_048_576),
  /** Largest answer in bytes that is kept in memory to be recorded. */
  largestRecorded: z
    .int()
    .positive()
    .default(8 * 1_048_576),
  /** Turns that wait to be recorded. */
  queueTurns: z.int().positive().default(20_000),
  /** Bytes of turns that wait to be recorded. */
  queueBytes: z
    .int()
    .positive()
    .default(64 * 1_048_576),
  /** Bytes of turns that wait on disk while the store is away. */
  spoolBytes: z.int().positive().default(1_073_741_824),
});
export type Config = z.infer<typeof config>;

/** The providers as they are asked. */
export function upstreamsOf({ upstreams, teacherBaseUrl, teacherApiKey }: Config): Upstream[] {
  const named = Object.entries(upstreams).map(([name, settings]) => ({ name, ...settings }));
  if (named.length > 0 || teacherBaseUrl === undefined) return named;
  return [
    { name: 'teacher', baseUrl: teacherBaseUrl, apiKey: teacherApiKey, models: ['*'], weight: 1, fallback: false },
  ];
}
