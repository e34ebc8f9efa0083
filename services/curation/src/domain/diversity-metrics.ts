import type { Measured } from '@retort/contracts';
import type { Random } from '@retort/kernel';
import { rate } from './data-quality.ts';
import {
  drawSample,
  meanPairwiseDistance,
  silhouette,
  similarityMatrix,
  toolDiversity,
  vendiScore,
} from './diversity.ts';
import { sphericalKMeans } from './vectors/kmeans.ts';
import type { Vectors } from './vectors/vectors.ts';

const vendiSample = 200;
const silhouetteSample = 1000;

export interface DiversityRequest {
  vectors: Vectors;
  members: Int32Array;
  /** The tools that a row calls, once for each call; none for words. */
  toolsOf: (member: number) => readonly string[];
  registeredTools: number;
  /** Clusters that selection worked with; 0 when it had nothing to choose. */
  clusters: number;
  random: Random;
}

/** How various the rows of a data set are: seeded samples where all pairs would be too many. */
export function diversityMetrics(request: DiversityRequest): Record<string, Measured> {
  const { vectors, members, toolsOf, registeredTools, clusters, random } = request;
  const counts = new Map<string, number>();
  for (const member of members) for (const tool of toolsOf(member)) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  const tools = toolDiversity([...counts.values()], registeredTools);
  const vendi = drawSample(members, vendiSample, random.fork('vendi'));
  const score = vendi.length === 0 ? 0 : vendiScore(similarityMatrix(vectors, vendi), vendi.length);
  return {
    tool_coverage: tools.coverage,
    tool_evenness: tools.evenness,
    mean_pairwise_distance: meanPairwiseDistance(vectors, members),
    // The score of a sample of n lies between 1 and n: as a share of n, samples can be compared.
    vendi_share: rate(score, vendi.length),
    ...(clusters > 1 && {
      silhouette: silhouetteOf({ vectors, members, clusters, random: random.fork('silhouette') }),
    }),
  };
}

function silhouetteOf(request: Pick<DiversityRequest, 'vectors' | 'members' | 'clusters' | 'random'>): Measured {
  const { vectors, members, clusters, random } = request;
  const sample = drawSample(members, silhouetteSample, random);
  const { assignment } = sphericalKMeans({ vectors, members: sample, clusters, random });
  const cosines = similarityMatrix(vectors, sample);
  const value = silhouette(assignment, (left, right) => 1 - cosines[left * sample.length + right]!);
  return { value, numerator: value === null ? 0 : value * sample.length, denominator: sample.length };
}
