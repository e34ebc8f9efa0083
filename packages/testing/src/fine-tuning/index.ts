export { startFineTuningServer, type FineTuningServer } from './server.ts';
export type { JobStatus, TuningJob } from './jobs.ts';
