import type { TrainingProviderName } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import type { Progress } from '@retort/service-kit';
import type { SearchOptions, TrainingOptions } from '@retort/student';
import type { PackedDecisions } from '../domain/packed-decisions.ts';
import type { TrainedModel } from '../domain/trained-model.ts';

/** Where a model is made. A provider is told of the same job again when the process before ended on the way: work that
 *  goes on elsewhere is joined, not started twice. */
export interface TrainingProvider {
  /** @throws `student.configuration-invalid`, `training.configuration-invalid` (422): no training could begin with it */
  checkConfiguration(configuration: JsonObject): void;
  train(job: TrainingJob, work: ProviderWork): Promise<TrainedModel>;
}

export interface TrainingJob {
  /** The same for one piece of work, however often it is asked for. */
  runId: string;
  tenant: string;
  model: string;
  data: PackedDecisions;
  options: TrainingOptions;
  /** Configurations to compare first; only our own trainer can. */
  search: SearchOptions | null;
}

export interface ProviderWork {
  signal: AbortSignal;
  /** Whether the signal means that nobody wants the result any more; otherwise somebody comes back for it. */
  cancelled(): boolean;
  report(progress: Progress): void;
  /** Tells what the work is called where it is done. */
  startedAs(remoteJob: string): Promise<void>;
}

export type TrainingProviders = Partial<Record<TrainingProviderName, TrainingProvider>>;

/** @throws `training.provider-not-configured` (422) */
export function providerNamed(providers: TrainingProviders, name: TrainingProviderName): TrainingProvider {
  const provider = providers[name];
  if (provider) return provider;
  throw fault('training.provider-not-configured', {
    public: `This platform is not set up to train with ${name}.`,
    errors: [{ pointer: '/provider', message: `expected one of ${Object.keys(providers).join(', ')}` }],
  });
}
