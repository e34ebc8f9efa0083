import type { ArtifactStore } from '@retort/artifact-store';
import { curationRejection } from '@retort/contracts';
import type { z } from 'zod';
import type { RejectionQuery } from '../app/datasets.ts';
import type { Rejection } from '../domain/candidates.ts';

type RejectionView = z.infer<typeof curationRejection>;

/** Why decisions are not in a data set, as an artifact: NDJSON in the order of decision ids. Returns its digest. */
export async function keepRejections(artifacts: ArtifactStore, rejections: readonly Rejection[]): Promise<string> {
  const rows = rejections.map(({ decisionId: decision_id, reason, keeper }) => ({ decision_id, reason, keeper }));
  rows.sort((left, right) => (left.decision_id < right.decision_id ? -1 : 1));
  const { digest } = await artifacts.put(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
  return digest;
}

/** Pages of one run come one after the other: the last few artifacts are kept parsed. */
export function keptRejections(artifacts: ArtifactStore, remembered = 4) {
  const recent = new Map<string, Promise<RejectionView[]>>();
  const read = (artifact: string) => {
    const known = recent.get(artifact) ?? artifacts.get(artifact).then(parse);
    recent.delete(artifact);
    recent.set(artifact, known);
    if (recent.size > remembered) recent.delete(recent.keys().next().value!);
    known.catch(() => recent.delete(artifact));
    return known;
  };
  return {
    async list(
      artifact: string,
      { reason, decisionId, after, limit }: Pick<RejectionQuery, 'reason' | 'decisionId' | 'after' | 'limit'>,
    ): Promise<RejectionView[]> {
      const rows = await read(artifact);
      return rows
        .filter((row) => reason === null || row.reason === reason)
        .filter((row) => decisionId === null || row.decision_id === decisionId)
        .filter((row) => after === null || row.decision_id > after)
        .slice(0, limit);
    },
  };
}

function parse(bytes: Uint8Array): RejectionView[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.filter((line) => line !== '').map((line) => curationRejection.parse(JSON.parse(line)));
}
