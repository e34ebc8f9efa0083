import { distillation } from '../src/soft-target.ts';

/** The loss of learning from a teacher that gives its probabilities (Hinton et al. 2015):
 *  (1 − α)·CE(label) + α·T²·KL(p_T ‖ p_S), both softened by the temperature T. `label` is the class the teacher chose.
 *  Natural logarithms. */
export function distillationLoss(
  question: { teacher: ArrayLike<number>; student: ArrayLike<number>; label: number },
  { temperature, alpha } = distillation,
): number {
  const { teacher, student, label } = question;
  const hard = -logSoftmax(student, 1)[label]!;
  return (1 - alpha) * hard + alpha * temperature ** 2 * softenedDivergence(teacher, student, temperature);
}

/** KL(softmax(teacher / T) ‖ softmax(student / T)). */
export function softenedDivergence(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
  temperature: number,
): number {
  const logTeacher = logSoftmax(teacher, temperature);
  const logStudent = logSoftmax(student, temperature);
  return logTeacher.reduce((total, log, index) => total + Math.exp(log) * (log - logStudent[index]!), 0);
}

function logSoftmax(logits: ArrayLike<number>, temperature: number): number[] {
  const scaled = Array.from(logits, (logit) => logit / temperature);
  const maximum = scaled.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
  const total = Math.log(scaled.reduce((sum, logit) => sum + Math.exp(logit - maximum), 0)) + maximum;
  return scaled.map((logit) => logit - total);
}
