export { createBudget, type Budget, type BudgetLimits, type Usage } from './budget.ts';
export { mapConcurrently } from './map-concurrently.ts';
export { promptText, type Demonstration, type TeacherContext } from './messages.ts';
export {
  connectTeacher,
  type Teacher,
  type TeacherAnswer,
  type TeacherOptions,
  type TeacherQuestion,
} from './teacher.ts';
export { checkTrainingFiles, type TrainingFiles } from './fine-tuning/check-file.ts';
export type { FileViolation } from './fine-tuning/violation.ts';
export {
  fineTuningJobs,
  type FineTuningCheckpoint,
  type FineTuningJobs,
  type FineTuningOptions,
  type Hyperparameters,
} from './fine-tuning/jobs.ts';
export {
  chatLine,
  preferenceLine,
  type ChatLine,
  type ExampleDecision,
  type PreferenceLine,
} from './fine-tuning/lines.ts';
