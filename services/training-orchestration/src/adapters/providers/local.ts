import type { Compute } from '@retort/service-kit';
import { checkConfiguration } from '@retort/student';
import type { TrainingProvider } from '../../app/training-provider.ts';
import type { TrainingTask } from '../../tasks/train.ts';
import { trainedStudent, type StudentOutcome } from '../../domain/trained-model.ts';

const fromSource = import.meta.url.endsWith('.ts');
const task = new URL(`../../tasks/train.${fromSource ? 'ts' : 'js'}`, import.meta.url);

/** Trains in a worker thread of this process. */
export function localProvider(compute: Compute): TrainingProvider {
  return {
    checkConfiguration,
    async train({ data, options, search }, { signal, report }) {
      const outcome = await compute.run<TrainingTask, StudentOutcome>(
        task,
        { decisions: data.decisions, toolsets: data.toolsets, options, ...(search && { search }) },
        { signal, transfer: [data.decisions.buffer], onProgress: report },
      );
      return trainedStudent(outcome);
    },
  };
}
