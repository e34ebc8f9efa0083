import type { GateReason } from './gate-reason.ts';

/** What would help against each reason of the gate, in words. */
const help: Readonly<Record<string, string>> = {
  'gate.too-few-decisions':
    'More decisions: go on recording, or import logs. A lower target or confidence needs fewer (retort train --target).',
  'gate.no-threshold':
    'Data that say more: put the facts the teacher decides by into the context, and let decisions that contradict each other be rare (the quality of distillation_training_data counts them). More decisions help, too.',
  'gate.agreement-lower-bound':
    'More decisions: the interval narrows with their number. Otherwise data that say more, as facts in the context.',
  'gate.tool-floor':
    'More decisions of the tools that are named, or floors of their own for them (RETORT_TRAINING_TOOL_FLOORS).',
  'gate.leakage':
    'Give the decisions of one session the same group: copies of a request must not stand in training and test alike.',
  'gate.serves-less': 'Nothing need be done: what serves now is better. It goes on serving.',
  'gate.serves-worse': 'Nothing need be done: what serves now is better. It goes on serving.',
  'gate.rolled-back':
    'Newer data: this version was rolled back. Somebody who may approve models can deploy it by hand.',
  'gate.not-evaluated': 'Evaluate the version, then deploy it.',
  'gate.experiment': 'Somebody who may approve models deploys the student of an experiment by hand.',
};

/** Each hint once, in the order of the reasons. */
export function whatHelps(reasons: readonly GateReason[]): string[] {
  return [...new Set(reasons.flatMap(({ code }) => help[code] ?? []))];
}
