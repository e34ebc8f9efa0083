import { canonicalJson } from '@retort/kernel';
import type { TrainingOptions } from '@retort/student';
import type { ModelState } from './model-state.ts';

/** k: how often calibration turns of a model are asked for its guarantee when this run asks them, this time included. Every version
 *  that was trained asked once. The same rows and options again ask nothing new: that is the attempt it was. */
export function attemptNumber(
  { versions }: ModelState,
  run: { runId: string; datasetDigest: string; options: TrainingOptions },
): number {
  const trained = [...versions.values()].map((version) => version.trained);
  const others = trained.filter(({ run_id }) => run_id !== run.runId);
  const same = others.find(
    ({ dataset_digest, configuration, guarantee, card }) =>
      dataset_digest === run.datasetDigest &&
      guarantee.target === run.options.target &&
      guarantee.confidence === run.options.confidence &&
      card?.['seed'] === run.options.seed &&
      canonicalJson(configuration) === canonicalJson(run.options.configuration ?? {}),
  );
  return same?.attempt ?? others.length + 1;
}
