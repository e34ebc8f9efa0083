import { z } from 'zod';

/** RFC 9457. `type` is stable; `errors` names fields by RFC 6901 JSON pointer. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/** The scopes an API key may carry. */
export const scopes = [
  'decisions:write',
  'decisions:read',
  'products:read',
  'curation:run',
  'training:run',
  'prompts:write',
  'prompts:read',
  'models:read',
  'models:approve',
  'evaluations:run',
  'predictions:read',
  /** Administers the key's tenant. */
  'admin',
  /** Operates the platform: every tenant, and what they share. */
  'platform:operate',
] as const;
export const scope = z.enum(scopes);
export type Scope = z.infer<typeof scope>;

export const page = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), next_cursor: z.string().nullable(), has_more: z.boolean() });

/** The states every long run goes through. */
export const runState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type RunState = z.infer<typeof runState>;
export const run = z.object({
  run_id: z.string(),
  state: runState,
  created_at: z.string(),
  finished_at: z.string().nullable(),
  /** 0 to 1, with the step it is in. */
  progress: z.object({ fraction: z.number(), step: z.string() }),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
