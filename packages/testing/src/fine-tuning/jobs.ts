export type JobStatus = 'validating_files' | 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';

export interface TuningJob {
  object: 'fine_tuning.job';
  id: string;
  created_at: number;
  finished_at: number | null;
  status: JobStatus;
  model: string;
  fine_tuned_model: string | null;
  training_file: string;
  validation_file: string | null;
  method: { type: string } & Record<string, unknown>;
  hyperparameters: Record<string, unknown>;
  metadata: Record<string, string>;
  seed: number;
  organization_id: string;
  result_files: string[];
  trained_tokens: number | null;
  error: { code: string; message: string; param: string | null } | null;
}

export interface TuningFile {
  id: string;
  name: string;
  text: string;
}

type Refusal = { status: number; refused: string; message: string };

const next: Partial<Record<JobStatus, JobStatus>> = {
  validating_files: 'queued',
  queued: 'running',
  running: 'succeeded',
};
const over: readonly JobStatus[] = ['succeeded', 'failed', 'cancelled'];

/** What the server knows: files, jobs and the models they made. */
export function fineTuningState() {
  const files = new Map<string, TuningFile>();
  const jobs = new Map<string, TuningJob>();
  let held: JobStatus | null = null;
  const seconds = () => Math.floor(Date.now() / 1000);

  function fileError(id: string, param: string): TuningJob['error'] {
    const lines = linesOf(files.get(id)!.text);
    if (lines.length < 10)
      return {
        code: 'invalid_n_examples',
        param,
        message: `${param} has ${lines.length} examples, but must have at least 10.`,
      };
    const broken = lines.findIndex((line) => !isExample(line));
    return broken < 0
      ? null
      : { code: 'invalid_file_format', param, message: `Line ${broken + 1} of ${param} is malformed.` };
  }

  function advance(job: TuningJob): void {
    if (held === job.status || over.includes(job.status)) return;
    const error =
      job.status === 'validating_files'
        ? (fileError(job.training_file, 'training_file') ??
          (job.validation_file === null ? null : fileError(job.validation_file, 'validation_file')))
        : null;
    job.status = error ? 'failed' : (next[job.status] ?? job.status);
    job.error = error;
    if (over.includes(job.status)) job.finished_at = seconds();
    if (job.status === 'succeeded') {
      job.fine_tuned_model = `ft:${job.model}:test::${job.id.slice(6)}`;
      job.trained_tokens = files.get(job.training_file)!.text.length;
    }
  }

  return {
    files,
    jobs,
    hold: (status: JobStatus) => void (held = status),
    release: () => void (held = null),
    addFile(name: string, text: string) {
      const file = { id: `file-${files.size + 1}`, name, text };
      files.set(file.id, file);
      return {
        object: 'file',
        id: file.id,
        filename: name,
        bytes: Buffer.byteLength(text),
        created_at: seconds(),
        purpose: 'fine-tune',
        status: 'processed',
      };
    },
    create(body: Record<string, unknown>): { body: TuningJob } | Refusal {
      const { model, training_file, validation_file = null, metadata = {}, method } = body as Partial<TuningJob>;
      for (const id of [training_file, validation_file])
        if (id !== null && !files.has(String(id)))
          return { status: 400, refused: 'invalid_request_error', message: `There is no file ${String(id)}.` };
      if (typeof model !== 'string' || model.startsWith('unknown'))
        return { status: 400, refused: 'model_not_available', message: 'This model cannot be fine-tuned.' };
      const job: TuningJob = {
        object: 'fine_tuning.job',
        id: `ftjob-${jobs.size + 1}`,
        created_at: seconds(),
        finished_at: null,
        status: 'validating_files',
        model,
        fine_tuned_model: null,
        training_file: training_file!,
        validation_file,
        method: method ?? { type: 'supervised' },
        hyperparameters: {},
        metadata,
        seed: Number(body['seed'] ?? 0),
        organization_id: 'org-test',
        result_files: [],
        trained_tokens: null,
        error: null,
      };
      jobs.set(job.id, job);
      return { body: { ...job } };
    },
    list: (reference: string | null) =>
      [...jobs.values()].filter(({ metadata }) => reference === null || metadata['reference'] === reference).reverse(),
    /** The job as it is now; the next look finds it one state further. */
    look(id: string): TuningJob {
      const job = jobs.get(id)!;
      const seen = { ...job };
      advance(job);
      return seen;
    },
    set(id: string, status: JobStatus): TuningJob {
      const job = jobs.get(id)!;
      if (!over.includes(job.status)) job.status = status;
      return { ...job };
    },
    checkpoints: (id: string) =>
      jobs.get(id)!.status !== 'succeeded'
        ? []
        : [3, 2, 1].map((epoch) => ({
            object: 'fine_tuning.job.checkpoint',
            id: `ftckpt-${epoch}`,
            created_at: seconds(),
            fine_tuned_model_checkpoint: `${jobs.get(id)!.fine_tuned_model}:ckpt-step-${epoch * 10}`,
            fine_tuning_job_id: id,
            step_number: epoch * 10,
            metrics: { step: epoch * 10, train_loss: 1 / epoch, train_mean_token_accuracy: 1 - 0.3 / epoch },
          })),
    events: (id: string) => [
      { object: 'fine_tuning.job.event', id: 'ftevent-1', created_at: seconds(), level: 'info', message: `Job ${id}` },
    ],
    /** The training lines of a model that a job made. */
    linesOf: (model: string) => {
      const job = [...jobs.values()].find(({ fine_tuned_model }) => fine_tuned_model === model);
      return (
        job && linesOf(files.get(job.training_file)!.text).map((line) => JSON.parse(line) as Record<string, unknown>)
      );
    },
  };
}
export type FineTuningState = ReturnType<typeof fineTuningState>;

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

function isExample(line: string): boolean {
  try {
    const { messages, input } = JSON.parse(line) as { messages?: unknown; input?: { messages?: unknown } };
    return Array.isArray(messages ?? input?.messages);
  } catch {
    return false;
  }
}
