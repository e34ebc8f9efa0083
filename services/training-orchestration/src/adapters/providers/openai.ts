import { canonicalJson, fault } from '@retort/kernel';
import type { FineTuningJobs, Teacher } from '@retort/llm';
import { splitDecisions, splitKey, type LabelledDecision, type Student, type TaughtDecision } from '@retort/student';
import type { ProviderWork, TrainingJob, TrainingProvider } from '../../app/training-provider.ts';
import { countLeakage } from '../../domain/leakage.ts';
import { unpackDecisions } from '../../domain/packed-decisions.ts';
import type { TrainedModel } from '../../domain/trained-model.ts';
import { compareWithTeacher } from './hosted-agreement.ts';
import { tuningConfiguration, type TuningConfiguration } from './tuning-configuration.ts';
import { checkedFiles } from './tuning-files.ts';

export interface OpenAiProviderPorts {
  jobs: FineTuningJobs;
  /** The endpoint, for the record. */
  endpoint: string;
  /** What is tuned where a run names nothing else. */
  baseModel: string;
  /** The tuned model, to be asked. */
  tuned(model: string): Teacher;
  /** What serves now: its mistakes are what preferences are made of. */
  serving(tenant: string, model: string): Promise<Student | null>;
  /** Held-out decisions that the tuned model is asked for, at most. */
  evaluationCalls: number;
}

/** Has a model fine-tuned at an OpenAI-compatible endpoint. Its files pass every check before anything is sent; a job that
 *  an interrupted run left there is joined. The model stays where it was made: what is kept is a reference, and no
 *  threshold is guaranteed for it, so that the gate never lets it serve as a student. */
export function openAiProvider(ports: OpenAiProviderPorts): TrainingProvider {
  return {
    checkConfiguration: (configuration) => void tuningConfiguration(configuration, ports.baseModel),
    async train(job, work) {
      const startedAt = performance.now();
      const configuration = tuningConfiguration(job.options.configuration, ports.baseModel);
      const taught = [...unpackDecisions(job.data)];
      // A model that says whole calls can learn from nothing less.
      const decisions = taught.filter(hasArguments);
      const { heldOut } = splitDecisions(decisions.map(splitKey), { folds: 2, seed: job.options.seed });
      const learning = decisions.filter((_, index) => heldOut[index] === 0);
      const held = decisions.filter((_, index) => heldOut[index] === 1);
      const id = await start(ports, { job, configuration, learning, held }, work);
      const model = await follow(ports.jobs, id, work);
      const checkpoints = await ports.jobs.checkpoints(id, work.signal);
      work.report({ fraction: 0.85, step: 'comparing with the teacher' });
      const evaluation = await compareWithTeacher(ports.tuned(model), {
        decisions: held.slice(0, ports.evaluationCalls),
        signal: work.signal,
      });
      const card = {
        kind: 'hosted-model',
        endpoint: ports.endpoint,
        base_model: configuration.base_model,
        fine_tuned_model: model,
        job: id,
        method: configuration.method,
        checkpoints: checkpoints.map((checkpoint) => ({ ...checkpoint })),
      };
      const { target, confidence } = job.options;
      return {
        artifact: Buffer.from(canonicalJson(card)),
        card,
        tools: new Set(taught.flatMap(({ call }) => call.tool ?? [])).size,
        guarantee: { kind: 'none', target, confidence, threshold: null },
        slices: [],
        configuration: job.options.configuration ?? {},
        search: null,
        leakage: countLeakage(taught),
        evaluation,
        heldOut: [],
        trainSeconds: (performance.now() - startedAt) / 1000,
      } satisfies TrainedModel;
    },
  };
}

function hasArguments(decision: TaughtDecision): decision is LabelledDecision {
  // One call: its file has room for no more.
  return decision.call.parameters !== null && (decision.toolCalls?.length ?? 1) === 1;
}

interface Beginning {
  job: TrainingJob;
  configuration: TuningConfiguration;
  learning: readonly LabelledDecision[];
  held: readonly LabelledDecision[];
}

async function start(
  { jobs, serving }: OpenAiProviderPorts,
  { job, configuration, learning, held }: Beginning,
  { signal, report, startedAs }: ProviderWork,
): Promise<string> {
  const known = await jobs.find(job.runId, signal);
  if (known) {
    await startedAs(known.id);
    return known.id;
  }
  report({ fraction: 0.02, step: 'checking the files' });
  const student = configuration.method === 'dpo' ? await serving(job.tenant, job.model) : null;
  const files = checkedFiles({ configuration, learning, held, student });
  report({ fraction: 0.05, step: 'uploading the files' });
  const trainingFile = await jobs.upload(`${job.model}-training.jsonl`, files.training, signal);
  const validationFile =
    files.validation === null
      ? undefined
      : await jobs.upload(`${job.model}-validation.jsonl`, files.validation, signal);
  const { base_model: model, method, hyperparameters } = configuration;
  const created = await jobs.create(
    {
      model,
      method,
      hyperparameters,
      trainingFile,
      validationFile,
      seed: job.options.seed,
      suffix: job.model.slice(0, 64),
      reference: job.runId,
    },
    signal,
  );
  await startedAs(created.id);
  return created.id;
}

const fractions: Record<string, number> = { validating_files: 0.1, queued: 0.2, running: 0.3, succeeded: 0.8 };

/** @returns the tuned model's name. A run that is cancelled cancels its job; one that is only interrupted lets it go on. */
async function follow(jobs: FineTuningJobs, id: string, work: ProviderWork): Promise<string> {
  try {
    for await (const job of jobs.follow(id, work.signal)) {
      work.report({ fraction: fractions[job.status] ?? 0.3, step: `fine-tuning: ${job.status.replaceAll('_', ' ')}` });
      if (job.status === 'succeeded' && job.fine_tuned_model) return job.fine_tuned_model;
      if (job.status === 'failed' || job.status === 'cancelled')
        throw fault('training.provider-failed', {
          public: `The fine-tuning job ${id} ${job.status === 'failed' ? 'failed' : 'was cancelled'}${job.error?.message ? `: ${job.error.message}` : '.'}`,
        });
    }
  } catch (error) {
    if (work.cancelled()) await jobs.cancel(id);
    throw error;
  }
  throw fault('training.provider-failed', {
    retriable: true,
    public: `The fine-tuning job ${id} ended without a model.`,
  });
}
