import type { DatasetPurpose } from '@retort/contracts';

export interface DeploymentQuestion {
  /** What the run was asked; undefined: what the policy says. */
  asked: boolean | undefined;
  /** Whoever asked may approve models. */
  mayApprove: boolean;
  purpose: DatasetPurpose;
}

/** Who deploys the student of a run, if the gate holds; null: nobody. Only the policy's data set goes live by itself; an
 *  experiment does when somebody who may approve models asks for it. */
export function deployedBy({ asked, mayApprove, purpose }: DeploymentQuestion): 'policy' | 'approver' | null {
  if (asked === false) return null;
  if (asked === true && mayApprove) return 'approver';
  return purpose === 'policy' ? 'policy' : null;
}

/** An experiment that is asked to go live by somebody who may not approve it. */
export function needsApproval({ asked, mayApprove, purpose }: DeploymentQuestion): boolean {
  return asked === true && !mayApprove && purpose === 'experiment';
}

/** What the run says when its data set alone keeps the student from serving. */
export const experimentReason = {
  code: 'gate.experiment',
  message:
    'The data set is an experiment (curated with a filter, a budget or another parameter). Its students serve only when somebody with models:approve deploys them.',
};
