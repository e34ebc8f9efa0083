import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { agentListView } from './agents.ts';
import { gateReason } from './models.ts';

/** What the curator would do now, and how far away its next version is. */
export const curationOutlook = z.object({
  decisions: z.int().describe('Decisions in the history.'),
  considered: z.int().describe('Of those, what the newest version saw; 0 without one.'),
  needed: z.int().describe('New decisions that make the next version.'),
  dataset_version: z.string().nullable().describe('The newest version; null before the first.'),
  under_way: z.boolean().describe('Whether a run is queued or running.'),
  automatic: z.boolean().describe('Whether the curator acts by itself.'),
  why: z.string().describe('What it would do now, and why, in words.'),
});
export type CurationOutlook = z.infer<typeof curationOutlook>;

export const getCurationOutlook = endpoint({
  id: 'getCurationOutlook',
  owner: 'curation',
  method: 'GET',
  path: '/api/v1/curation-outlook',
  scope: 'curation:run',
  summary: 'How far away the next version of the training data is',
  response: { 200: curationOutlook },
  errors: [],
});

const steps = ['record', 'curate', 'curating', 'train', 'training', 'more-data', 'serving'] as const;

export const statusView = z.object({
  decisions: z.int().describe('Decisions that came in.'),
  agents: agentListView.shape.data.describe('Who made them.'),
  next: z
    .object({
      step: z.enum(steps).describe('Where the loop stands.'),
      message: z.string().describe('What is missing until the next step, and what can be done now, in words.'),
      have: z.int().describe('New decisions since the last version of the training data.'),
      need: z.int().describe('New decisions that make the next one.'),
    })
    .describe('What happens next.'),
  models: z
    .array(
      z.object({
        model: z.string().describe('The model.'),
        serving: z
          .object({
            model_version: z.string().describe('The version that serves.'),
            guarantee: z.string().describe('What it guarantees, in words.'),
            coverage: z
              .number()
              .nullable()
              .describe('The share of tested turns that it served; null where not measured.'),
            rows: z.int().describe('How many rows it learnt from.'),
          })
          .nullable()
          .describe('What answers in the teacher’s place; null where nothing does.'),
        refusal: z
          .object({
            model_version: z.string().describe('The version that the gate refused.'),
            reasons: z.array(gateReason).describe('Why.'),
            helps: z.array(z.string()).describe('What would help, in words.'),
          })
          .nullable()
          .describe('The last refusal of the gate; null where the newest version was not refused.'),
        versions: z.int().describe('How many versions were trained.'),
      }),
    )
    .describe('The models, as far as there are any.'),
});
export type StatusView = z.infer<typeof statusView>;

export const getStatus = endpoint({
  id: 'getStatus',
  owner: 'training-orchestration',
  method: 'GET',
  path: '/api/v1/status',
  scope: 'models:read',
  summary: 'Where the loop stands: what came in, what is missing, what was refused and why, what serves',
  response: { 200: statusView },
  errors: [],
});
