import type { CurationOutlook, RunState, StatusView } from '@retort/contracts';

/** What the next step of the loop is told from. */
export interface LoopView {
  outlook: CurationOutlook;
  /** The newest run of the trainer; null before the first. */
  training: { state: RunState; datasetVersion: string | null } | null;
  /** Whether any student answers. */
  serves: boolean;
}

/** Where the loop stands, and what is missing until the next step, in words. */
export function nextStep({ outlook, training, serves }: LoopView): StatusView['next'] {
  const have = Math.max(0, outlook.decisions - outlook.considered);
  const told = (step: StatusView['next']['step'], message: string) => ({ step, message, have, need: outlook.needed });
  if (outlook.decisions === 0)
    return told(
      'record',
      'Nothing came in yet. Point an agent at the platform, record with @retort/sdk, or import logs (retort import).',
    );
  if (outlook.under_way) return told('curating', 'The decisions are being curated; a student is trained on them next.');
  if (training?.state === 'queued' || training?.state === 'running')
    return told('training', 'A student is being trained; the gate decides whether it serves.');
  if (!outlook.automatic)
    return told(
      serves ? 'serving' : 'curate',
      `${have} new decisions came in. By itself nothing is trained here: retort train.`,
    );
  const tried = (student: string) =>
    have < outlook.needed
      ? `${have} of ${outlook.needed} new decisions: ${student} is tried at ${outlook.considered + outlook.needed} decisions, or now: retort train.`
      : `${have} new decisions came in, ${outlook.needed} are enough: ${student} is tried when the curator looks next, or now: retort train.`;
  if (serves) return told('serving', tried('the next student'));
  if (outlook.dataset_version === null) return told('curate', tried('the first student'));
  if (training?.datasetVersion !== outlook.dataset_version)
    return told('train', `A student is trained on ${outlook.dataset_version} next, or now: retort train.`);
  return told('more-data', tried('the next student'));
}
