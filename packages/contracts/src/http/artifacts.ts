import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

/** `POST /platform/artifacts:collect` */
export const artifactCollectionView = z.object({
  put_before: z.string().describe('What was put at this moment or later was not looked at.'),
  examined: z.int().describe('Artifacts that were looked at.'),
  removed: z.int().describe('Artifacts that nothing refers to, and that are gone now.'),
  bytes: z.int().describe('What they took.'),
});

export const collectArtifacts = endpoint({
  id: 'collectArtifacts',
  owner: 'event-projection',
  method: 'POST',
  path: '/api/v1/platform/artifacts:collect',
  scope: 'platform:operate',
  summary: 'Remove artifacts that no event refers to',
  description:
    'What the log names stays: models, manifests of data sets, samples of evaluations, results of runs, of every tenant that is ' +
    'not deleted. What was put within the grace period stays as well. The same is done by itself, every day.',
  audited: 'artifacts.collect',
  response: { 200: artifactCollectionView },
  errors: [],
});
