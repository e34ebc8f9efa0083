import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { run, runEndpoints } from './runs.ts';

/** `GET /projections`: how far each reader of the log has come. */
export const projectionListView = z.object({
  head: z.string().nullable().describe('The last position of the log; null while it is empty.'),
  data: z
    .array(
      z.object({
        name: z.string().describe('The reader.'),
        position: z.string().nullable().describe('The last position it knows.'),
        caught_up: z.boolean().describe('Whether it knows the whole log.'),
        updated_at: z.string().nullable().describe('When the reader last moved; null before it ever did.'),
      }),
    )
    .describe('A row a reader.'),
});

/** `POST /projections/decisions:rebuild` */
export const projectionRebuild = run.extend({
  position: z.string().nullable().describe('Where in the log the tables were compared; null until they were.'),
  checksums: z
    .array(
      z.object({
        table: z.string().describe('The table.'),
        rows: z.int().describe('How many rows the rebuilt table has.'),
        live: z.string().describe('The checksum of the table that was read.'),
        rebuilt: z.string().describe('The checksum of the rebuilt table.'),
        equal: z.boolean().describe('Whether both are the same.'),
        differing_rows: z.int().describe('Rows that differ.'),
      }),
    )
    .nullable()
    .describe('Of the tables that were read and the rebuilt ones, at that position; null until they were compared.'),
  healed: z
    .boolean()
    .nullable()
    .describe(
      'What was read was not what the log says, and the rebuilt tables have taken its place; null before the end.',
    ),
});
export type ProjectionRebuild = z.infer<typeof projectionRebuild>;

export const listProjections = endpoint({
  id: 'listProjections',
  owner: 'event-projection',
  method: 'GET',
  path: '/api/v1/platform/projections',
  formerPath: '/api/v1/projections',
  scope: 'platform:operate',
  summary: 'How far each reader of the log has come',
  response: { 200: projectionListView },
  errors: [],
});

export const projectionRebuilds = runEndpoints('/api/v1/platform/projections/decisions/rebuilds', {
  formerBase: '/api/v1/projections/decisions/rebuilds',
  audited: 'projection-rebuilds',
  owner: 'event-projection',
  area: 'projections',
  scope: 'platform:operate',
  name: 'ProjectionRebuild',
  noun: 'rebuild of the projection',
  view: projectionRebuild,
  create: {
    id: 'startProjectionRebuild',
    path: '/api/v1/platform/projections/decisions:rebuild',
    formerPath: '/api/v1/projections/decisions:rebuild',
    summary: 'Rebuild the projection from the log beside the one that is read, compare both, and swap them',
    errors: ['projections.rebuild-in-progress'],
  },
});
