import { z } from 'zod';
import { run, runEndpoints } from './runs.ts';

const input = z
  .strictObject({
    service: z.string().optional().describe('Only this service; all that the process hosts when absent.'),
  })
  .nullish();

const tableView = z.object({
  service: z.string().describe('Whose table.'),
  table: z.string().describe('The table.'),
  rows: z.int().describe('How many rows the log makes.'),
  differing: z.int().describe('How many rows were not what the log says.'),
});
const unreadEvent = z.object({
  service: z.string().describe('The service that could not read it.'),
  event_id: z.string().describe('The event.'),
  event_type: z.string().describe('Its type.'),
  version: z.int().describe('The version of its schema.'),
  error: z.string().describe('Why it could not be read.'),
});
const differenceView = z.object({
  kind: z
    .enum(['row', 'artifact', 'chain', 'event'])
    .describe('What differs: a row of a table, an artifact, the evidence about the log, or an event nobody can read.'),
  what: z
    .string()
    .describe(
      'How it differs: a row is `missing`, `altered`, `unexpected`, or `unrecorded` (older than its events: no fault); ' +
        'an artifact `missing` or `altered`; the chain as its own verification says; an event `unreadable` or `unknown`.',
    ),
  service: z.string().nullable().describe('Whose table; null where it is no row.'),
  table: z.string().nullable().describe('The table; null where it is no row.'),
  id: z.string().describe('The values of the row’s key, the digest of the artifact, the event.'),
});

const common = {
  service: z.string().nullable().describe('Only this service; null for all that the process hosts.'),
  events: z.int().nullable().describe('Events of the log that were folded; null until they were.'),
  tables: z.array(tableView).nullable().describe('What the log makes of each table; null until it was compared.'),
};

const rebuildView = run.extend({
  ...common,
  healed_rows: z.int().nullable().describe('Rows that were written or removed; null before the end.'),
  unreadable: z.array(unreadEvent).nullable().describe('Events that were set aside; null until the log was read.'),
  missing_artifacts: z
    .array(z.string())
    .nullable()
    .describe('Artifacts that the log names and nobody has; null before the end.'),
});
export type RebuildView = z.infer<typeof rebuildView>;

const verificationView = run.extend({
  ...common,
  differing: z.int().nullable().describe('How many things differ, what is `unrecorded` aside; null before the end.'),
  differences: z.array(differenceView).nullable().describe('The first thousand of a kind; null before the end.'),
});
export type VerificationView = z.infer<typeof verificationView>;
export type LogDifference = z.infer<typeof differenceView>;

const ofPlatform = { owner: 'access', area: 'rebuilds', scope: 'platform:operate' } as const;
const refusals = ['rebuilds.in-progress', 'rebuilds.no-such-service'] as const;

export const rebuilds = runEndpoints('/api/v1/platform/rebuilds', {
  ...ofPlatform,
  audited: 'rebuilds',
  name: 'Rebuild',
  noun: 'rebuild',
  view: rebuildView,
  create: {
    id: 'startRebuild',
    summary: 'Fold the log again beside the tables that are read, and put right what is not what it says',
    body: input,
    errors: refusals,
  },
});

export const verifications = runEndpoints('/api/v1/platform/verifications', {
  ...ofPlatform,
  audited: 'verifications',
  name: 'Verification',
  noun: 'verification',
  view: verificationView,
  create: {
    id: 'startVerification',
    summary: 'Compare the log with the tables, the artifacts and the hash chain, and name what differs',
    body: input,
    errors: refusals,
  },
});
