import { defineAgent, type AgentDefinition, type AgentRun } from '@retort/agent-runtime';
import { fault, nameBasedId, type JsonObject } from '@retort/kernel';
import type { Teacher } from '@retort/llm';
import type { RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { attemptsOn } from './attempts-on.ts';
import type { TeacherRequests } from './teacher-requests.ts';
import type { UndecidedOf } from './undecided.ts';
import { searchSpace } from '../domain/attempts.ts';
import { planTraining, type MoreData, type TrainingOnData, type TrainingSituation } from '../domain/training-plan.ts';
import { askTeacher } from './ask-teacher.ts';
import type { TrainingDataOf } from './training-data.ts';
import type { KnownDatasets } from './known-datasets.ts';
import type { TrainingInput, TrainingResult } from './execute-training.ts';

const triggerInput = z.object({ dataset_version: z.string().optional() });

/** Trains when training data were curated, and again with another configuration when the gate refuses: a bounded number
 *  of times. When nothing is left to try, it asks the teacher for decisions it has not made, where it may, so that there are
 *  more data; then it says why not. */
export function modelTrainer(ports: {
  queue: RunQueue<TrainingInput, TrainingResult>;
  datasets: KnownDatasets;
  requests: TeacherRequests;
  /** null: nobody may be asked. */
  teacher: Teacher | null;
  undecided: UndecidedOf;
  data: TrainingDataOf;
  config: Config;
}): AgentDefinition<TrainingSituation, TrainingOnData | MoreData> {
  const { queue, datasets, requests, config } = ports;
  return defineAgent<TrainingSituation, TrainingOnData | MoreData>({
    name: 'model-trainer',
    async perceive({ tenant, trace, input }) {
      const { dataset_version: named } = triggerInput.parse(input);
      const datasetVersion = named ?? (await datasets.newest(tenant));
      const dataset = datasetVersion === null ? null : await datasets.find(tenant, datasetVersion);
      const eventId = dataset?.trace.causationId;
      if (datasetVersion === null || !dataset || !eventId)
        throw fault('training.no-dataset', {
          public: 'No training data of that version were published.',
        });
      const key = { tenant, model: config.model, datasetVersion };
      const [tried, asked, { summary }] = await Promise.all([
        attemptsOn(queue, key),
        requests.of(key),
        ports.data(tenant, trace).describe(datasetVersion),
      ]);
      const teacherCalls = ports.teacher && !asked ? config.teacherCalls : 0;
      const { attempts, attemptsFromDecisions, model } = config;
      const limit = summary.considered < attemptsFromDecisions ? 1 : attempts;
      return { model, datasetVersion, purpose: dataset.purpose, eventId, tried, limit, teacherCalls };
    },
    decide: planTraining,
    async act(decision, run) {
      if (decision.action === 'ask-teacher') return getMoreData(ports, decision, run);
      const { model, datasetVersion, eventId, attempt, configuration } = decision;
      const { runId } = await queue.enqueue({
        isOwn: true,
        // Acting twice on one verdict starts one run.
        runId: nameBasedId(eventId, `${model} attempt ${attempt}`),
        tenant: run.tenant,
        trace: { ...run.trace, causationId: eventId },
        input: {
          model,
          dataset_version: datasetVersion,
          target: config.target,
          confidence: config.confidence,
          seed: 1,
          configuration,
          search: searchOf(config, { attempt, configuration }),
          slices: config.slices,
          provider: config.provider,
          attempt,
        },
      });
      return { training_run: runId, attempt };
    },
    record: {
      perception: ({ model, datasetVersion, purpose, tried, teacherCalls }) => ({
        model,
        dataset_version: datasetVersion,
        purpose,
        teacher_calls: teacherCalls,
        tried: tried.map(({ runId, state, deployed, refused }) => ({
          run_id: runId,
          state,
          deployed,
          refused: refused.map(({ code }) => code),
        })),
      }),
      decision: (decision) =>
        decision.action === 'ask-teacher'
          ? { action: decision.action, dataset_version: decision.datasetVersion, calls: decision.calls }
          : {
              action: decision.action,
              dataset_version: decision.datasetVersion,
              attempt: decision.attempt,
              configuration: decision.configuration,
              compared_with: (searchOf(config, decision)?.candidates ?? []).slice(1),
            },
    },
  });
}

/** What the teacher decides now is curated with everything else; its data set triggers the trainer again. */
async function getMoreData(
  { undecided, teacher, requests }: { undecided: UndecidedOf; teacher: Teacher | null; requests: TeacherRequests },
  { model, datasetVersion, calls }: MoreData,
  { tenant, trace, signal }: AgentRun,
): Promise<JsonObject> {
  const request = await askTeacher({ undecided: undecided(tenant, trace), teacher: teacher! }, { calls, signal });
  await requests.record({ tenant, model, datasetVersion }, request, trace);
  return { asked: request.asked, answered: request.answered, curation_run: request.curationRun };
}

function searchOf(
  { searchFromAttempt, searchCandidates, searchSeconds: seconds }: Config,
  { attempt, configuration }: Pick<TrainingOnData, 'attempt' | 'configuration'>,
): TrainingInput['search'] {
  if (attempt < searchFromAttempt || searchCandidates < 2) return null;
  return { candidates: searchSpace(configuration, searchCandidates), seconds };
}
