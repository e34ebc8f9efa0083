import { teacherSettings } from '@retort/service-kit';
import { z } from 'zod';

export const config = z.object({
  ...teacherSettings,
  /** How long the teacher may take for one answer. */
  teacherTimeoutMs: z.int().positive().default(60_000),
  /** Teacher calls at once for one batch. */
  teacherConcurrency: z.int().positive().default(8),
  /** π: the share of what a student serves that the teacher is asked for too, drawn at random. 0: none is, and nothing is
   *  ever withdrawn. Needs a teacher. */
  auditShare: z.number().min(0).max(1).default(0.05),
  /** Bytes on disk, at most, that wait for the database or the event store to come back. */
  spoolBytes: z.int().positive().default(67_108_864),
  /** Versions kept in memory because they were asked for by name, beside those that serve. */
  versionsKept: z.int().positive().default(4),
  /** Toolsets kept in memory, per tenant and in all. */
  toolsetsKept: z.int().positive().default(1_000),
});
export type Config = z.infer<typeof config>;
