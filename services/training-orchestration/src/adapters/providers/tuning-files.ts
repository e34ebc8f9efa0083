import { canonicalCall, fault } from '@retort/kernel';
import { chatLine, checkTrainingFiles, preferenceLine } from '@retort/llm';
import { callCheck, type LabelledDecision, type Student } from '@retort/student';
import type { TuningConfiguration } from './tuning-configuration.ts';

export interface TuningFiles {
  training: string[];
  /** null when there are too few held-out decisions for a file. */
  validation: string[] | null;
}

const fewestLines = 10;

/** The lines to be uploaded, after every check. A preference is the teacher's call over the one that the serving student
 *  would have made in its place.
 *  @throws `training.export-invalid` (422) naming lines, `training.no-student` (409) */
export function checkedFiles(question: {
  configuration: TuningConfiguration;
  learning: readonly LabelledDecision[];
  held: readonly LabelledDecision[];
  student: Student | null;
}): TuningFiles {
  const { configuration, learning, held, student } = question;
  const { method } = configuration;
  const lines = method === 'dpo' ? preferencesOver(student) : chats;
  const training = lines(learning);
  const heldOut = lines(held);
  const validation = heldOut.length < fewestLines ? null : heldOut;
  const mayBeMade = callCheck();
  const violations = checkTrainingFiles({
    training,
    ...(validation && { validation }),
    method,
    accepts: (parameters, given) =>
      mayBeMade({ tool: 'called', parameters: given }, { name: 'called', ...(parameters && { parameters }) }),
  });
  if (violations.length === 0) return { training, validation };
  const errors = violations.slice(0, 50).map(({ line, message }) => ({
    pointer: line === null ? '' : `/lines/${line - 1}`,
    message,
  }));
  throw fault('training.export-invalid', {
    public: `The data cannot be used for fine-tuning: ${errors
      .slice(0, 3)
      .map(({ pointer, message }) => [pointer, message].join(' ').trim())
      .join(' ')}`,
    errors,
  });
}

const chats = (decisions: readonly LabelledDecision[]) =>
  decisions.map((decision) => JSON.stringify(chatLine(decision)));

function preferencesOver(student: Student | null) {
  if (!student)
    throw fault('training.no-student', {
      public: 'Preferences are made of what a serving student would do wrong, and none serves.',
    });
  return (decisions: readonly LabelledDecision[]) =>
    decisions.flatMap((decision) => {
      const { call } = student.predict(decision);
      return canonicalCall(call) === canonicalCall(decision.call)
        ? []
        : [JSON.stringify(preferenceLine(decision, call))];
    });
}
