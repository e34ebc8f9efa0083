import { setTimeout as delay } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import type { FineTuningJob, JobCreateParams } from 'openai/resources/fine-tuning/jobs/jobs';
import { abortedBy } from '../aborted-by.ts';
import { teacherFault } from '../faults.ts';

export interface FineTuningOptions {
  /** Of an OpenAI-compatible endpoint, `…/v1`. */
  baseUrl: string;
  apiKey: string;
  /** Milliseconds one request may take; 120 000 when absent. */
  timeoutMs?: number;
  /** Milliseconds between two looks at a job; 5 000 when absent. */
  pollMs?: number;
}

export interface NewFineTuningJob {
  /** What is to be tuned. */
  model: string;
  /** File ids. */
  trainingFile: string;
  validationFile?: string | undefined;
  method: 'supervised' | 'dpo';
  /** `auto` where absent. */
  hyperparameters?: Hyperparameters;
  seed: number;
  /** What the tuned model's name ends in, 64 characters at most. */
  suffix: string;
  /** Ours, at the provider: the same reference again is the same job. */
  reference: string;
}

export interface Hyperparameters {
  epochs?: number;
  batchSize?: number;
  learningRateMultiplier?: number;
  /** DPO only. */
  beta?: number;
}

export interface FineTuningCheckpoint {
  model: string;
  step: number;
  metrics: Record<string, number>;
}

export interface FineTuningJobs {
  /** @returns the file's id */
  upload(name: string, lines: readonly string[], signal?: AbortSignal): Promise<string>;
  /** The job with this reference, if there is one already. */
  find(reference: string, signal?: AbortSignal): Promise<FineTuningJob | null>;
  create(job: NewFineTuningJob, signal?: AbortSignal): Promise<FineTuningJob>;
  /** Every state the job comes into, until it ends; the last one is the job as it ended. */
  follow(id: string, signal?: AbortSignal): AsyncIterable<FineTuningJob>;
  checkpoints(id: string, signal?: AbortSignal): Promise<FineTuningCheckpoint[]>;
  cancel(id: string): Promise<void>;
}

const ended = new Set<FineTuningJob['status']>(['succeeded', 'failed', 'cancelled']);

/** Fine-tuning jobs at any OpenAI-compatible endpoint. Every method throws the faults of a teacher (`llm.…`). */
export function fineTuningJobs({
  baseUrl,
  apiKey,
  timeoutMs = 120_000,
  pollMs = 5_000,
}: FineTuningOptions): FineTuningJobs {
  const client = new OpenAI({ baseURL: baseUrl, apiKey, timeout: timeoutMs, maxRetries: 3 });
  const { jobs } = client.fineTuning;
  const asking = <T>(signal: AbortSignal | undefined, ask: (options: { signal?: AbortSignal }) => Promise<T>) =>
    ask(abortedBy(signal)).catch((error: unknown) => {
      throw teacherFault(error, signal);
    });
  return {
    upload: (name, lines, signal) =>
      asking(signal, async (options) => {
        const file = await toFile(Buffer.from(lines.map((line) => `${line}\n`).join('')), name);
        return (await client.files.create({ file, purpose: 'fine-tune' }, options)).id;
      }),
    find: (reference, signal) =>
      asking(signal, async (options) => {
        const { data } = await jobs.list({ metadata: { reference }, limit: 20 }, options);
        // A server that knows no such filter answers with everybody's jobs.
        return data.find(({ metadata, status }) => metadata?.['reference'] === reference && isAlive(status)) ?? null;
      }),
    create: (job, signal) => asking(signal, (options) => jobs.create(parametersOf(job), options)),
    async *follow(id, signal) {
      for (let last: string | undefined; ;) {
        const job = await asking(signal, (options) => jobs.retrieve(id, options));
        if (job.status !== last) yield job;
        last = job.status;
        if (ended.has(job.status)) return;
        await delay(pollMs, undefined, signal ? { signal } : {});
      }
    },
    checkpoints: (id, signal) =>
      asking(signal, async (options) => {
        const found: FineTuningCheckpoint[] = [];
        for await (const one of jobs.checkpoints.list(id, {}, options))
          found.push({
            model: one.fine_tuned_model_checkpoint,
            step: one.step_number,
            metrics: numbersOf(one.metrics),
          });
        return found.sort((a, b) => a.step - b.step);
      }),
    cancel: (id) =>
      asking(undefined, async () => {
        await jobs.cancel(id);
      }),
  };
}

/** A job that failed or was cancelled is no reason not to start another. */
const isAlive = (status: FineTuningJob['status']) => status !== 'failed' && status !== 'cancelled';

function parametersOf(job: NewFineTuningJob): JobCreateParams {
  const { model, trainingFile, validationFile, seed, suffix, reference } = job;
  return {
    model,
    training_file: trainingFile,
    ...(validationFile === undefined ? {} : { validation_file: validationFile }),
    method: methodOf(job),
    seed,
    suffix,
    metadata: { reference },
  };
}

const auto = 'auto' as const;

function methodOf({ method, hyperparameters = {} }: NewFineTuningJob): JobCreateParams['method'] & object {
  const { epochs = auto, batchSize = auto, learningRateMultiplier = auto, beta = auto } = hyperparameters;
  const common = { n_epochs: epochs, batch_size: batchSize, learning_rate_multiplier: learningRateMultiplier };
  return method === 'supervised'
    ? { type: 'supervised', supervised: { hyperparameters: common } }
    : { type: 'dpo', dpo: { hyperparameters: { ...common, beta } } };
}

function numbersOf(metrics: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
