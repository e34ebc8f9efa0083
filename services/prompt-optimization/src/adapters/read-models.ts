import { parsePosition } from '@retort/event-store';
import { endedRuns, readModel, type ReadModel, type RunContext } from '@retort/service-kit';

/** Versions and labels of prompts, as their events set them. */
export const promptTables: readonly ReadModel[] = [
  readModel(
    'PROMPT_VERSION_ADDED',
    async ({ id, tenant, time, data }, transaction) => {
      const { prompt, version, digest, instruction, demonstrations, note = null, score } = data;
      await transaction.query(
        `insert into prompt_versions (tenant, prompt, version, digest, content, note, score, created_at, event_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (tenant, prompt, version) do update set event_id = excluded.event_id`,
        [
          tenant,
          prompt,
          version,
          digest,
          JSON.stringify({ instruction, demonstrations }),
          note,
          score ? JSON.stringify(score) : null,
          time,
          id,
        ],
      );
    },
    { fills: ['prompt_versions'] },
  ),
  readModel(
    'PROMPT_LABELLED',
    async ({ id, tenant, time, position, data }, transaction) => {
      const { commit, prepare } = parsePosition(position);
      await transaction.query(
        `insert into prompt_labels as known
         (tenant, prompt, label, version, set_at, event_id, commit_position, prepare_position)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (tenant, prompt, label) do update set
         version = excluded.version, set_at = excluded.set_at, event_id = excluded.event_id,
         commit_position = excluded.commit_position, prepare_position = excluded.prepare_position
       where (known.commit_position, known.prepare_position) <= (excluded.commit_position, excluded.prepare_position)`,
        [tenant, data.prompt, data.label, data.version, time, id, commit, prepare],
      );
    },
    { fills: ['prompt_labels'] },
  ),
];

/** What the service's tables hold of the log. */
export function readModels(context: Pick<RunContext, 'name'>): ReadModel[] {
  return [...promptTables, endedRuns(context)];
}
